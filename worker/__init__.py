"""Paints the jobs: a Celery worker with one child, which drives one `Painting` at a time.

Only the child imports TensorFlow, as soon as it starts: a process that has
loaded TensorFlow must not fork.
"""
