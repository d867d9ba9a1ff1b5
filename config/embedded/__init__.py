"""PostgreSQL and Temporal run by Parcours itself, for one machine (docs/adr/0002-embedded-parts.md)."""
