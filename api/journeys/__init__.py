"""Journeys: what stands, what happened, what is ahead, what was said."""
