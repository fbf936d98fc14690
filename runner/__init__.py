"""What script/server runs: Redis, the workers, the janitor and the web, as one thing with one Ctrl-C."""
