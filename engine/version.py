"""Which release this is: said here once, for the wheel, the command line and the studio."""

__version__ = "1.0.0"
