"""The command line: `python -m engine paint|replay|draft|feedforward_style|inspect|weights|bench|film`.

Only here does the engine print and turn errors into exit codes: 0 for done,
1 for an error that is said in one line, 2 for a wrong call, 130 for Ctrl-C.
"""
