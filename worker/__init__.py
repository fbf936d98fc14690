"""Paints the jobs: a Celery worker whose one child drives one `Painting` at a time.

TensorFlow is imported in the child, inside the task; a process that has loaded
it must not fork.
"""
