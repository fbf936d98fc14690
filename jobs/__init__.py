"""What both sides know of a job: its record, its pixels, its live state and the queue.

The web process and the workers meet here and nowhere else. No Flask, no TensorFlow.
"""
