"""`kemilua serve`: threads around engines. Nothing in the engine knows of it."""
