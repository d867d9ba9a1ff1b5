"""Mail through SendGrid."""
