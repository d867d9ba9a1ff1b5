"""Alembic migrations, numbered, one step each."""
