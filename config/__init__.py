"""Settings, policies, logging and connections: everything that depends on where Parcours runs."""
