"""What the web and the workers share: the record of a job, its pictures, its live state and the queue.

The two meet here and nowhere else. No Flask, no TensorFlow.
"""
