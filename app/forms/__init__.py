"""The form on which a painting is ordered."""
