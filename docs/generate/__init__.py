"""Generators of the pictures and the table in the documents: `script/docs`, or `docs.generate.NAME` alone."""
