"""The hands that draw the style library: each module knows one family of techniques."""
