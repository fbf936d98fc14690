"""The release number, for the wheel, the command line and the studio."""

__version__ = "1.0.0"
