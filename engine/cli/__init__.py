"""The command line: `python -m engine paint|replay|draft|feedforward|inspect|weights|bench|film`.

The only part of the engine that prints, and that turns errors into exit codes:
0 for success, 1 for an error (reported in one line), 2 for wrong arguments, 130
for Ctrl-C.
"""
