"""Who calls and who signs in: signed tokens of an issuer, and its keys."""
