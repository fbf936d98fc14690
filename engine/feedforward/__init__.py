"""Networks that paint in one pass: drafts in any style, and styles trained into a network."""
