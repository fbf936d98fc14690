"""How the networks and pictures that ship with Pastiche were made; nothing here runs in the studio."""
