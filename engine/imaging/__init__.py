"""Pictures in and out: read, check, resize, colour, write. Loads no TensorFlow."""
