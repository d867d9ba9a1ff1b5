"""PostgreSQL: tables and every query."""
