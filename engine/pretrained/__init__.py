"""The built-in networks, trained by the scripts in `training/`, and how to read their files."""
