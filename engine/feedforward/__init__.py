"""One pass in place of an optimization: drafts, and styles that were trained into a network."""
