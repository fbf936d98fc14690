"""Read, check, resize, recolour and write pictures. Loads no TensorFlow."""
