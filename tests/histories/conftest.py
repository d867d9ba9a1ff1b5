"""Stories are lived in towns."""

from tests.journeys.conftest import skipped_town

__all__ = ["skipped_town"]
