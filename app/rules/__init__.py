"""What pages and the API both go by."""
