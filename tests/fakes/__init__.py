"""Stand-ins for the providers, at their HTTP edge."""
