"""Activities are called at a desk."""

from tests.faults.conftest import desk, sendgrid, twilio

__all__ = ["desk", "sendgrid", "twilio"]
