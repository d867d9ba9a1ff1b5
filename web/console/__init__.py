"""The pages of agents, supervisors and administrators, behind a session."""
