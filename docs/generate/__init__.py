"""Makes the pictures and the table of the documents: `script/docs`, or `python -m docs.generate.NAME`."""
