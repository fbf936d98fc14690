"""Paints the jobs: a Celery worker whose one child drives one `Painting` at a time.

TensorFlow is imported in the child alone, as soon as that starts; a process
that has loaded it must not fork.
"""
