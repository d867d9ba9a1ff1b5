"""The `parcours` command: one module for each of its commands."""
