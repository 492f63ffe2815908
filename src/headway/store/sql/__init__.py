"""The only room with SQLAlchemy: SQLite and PostgreSQL."""
