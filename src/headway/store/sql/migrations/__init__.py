"""How stores of older versions come up to date: Alembic's environment and its versions."""
