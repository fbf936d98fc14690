"""The scripts that made the networks and pictures included in Pastiche; the studio runs none of them."""
