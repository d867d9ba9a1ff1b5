"""CloudEvents in."""
