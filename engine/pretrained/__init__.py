"""The networks that ship, made by the scripts in `training/`, and how their files are read."""
