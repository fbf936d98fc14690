"""The rules that the pages and the API share."""
