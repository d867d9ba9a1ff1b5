"""Events out to subscribers, as Standard Webhooks."""
