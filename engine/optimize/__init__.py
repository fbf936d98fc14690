"""What moves the picture, and when it has moved enough."""
