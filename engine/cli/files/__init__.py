"""The files of the command line: what it may write, folders of photographs, and what is kept meanwhile."""
