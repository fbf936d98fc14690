"""The form that orders a painting."""
