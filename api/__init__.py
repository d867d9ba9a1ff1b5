"""The HTTP interface: events in, journeys, tasks, agents, providers' webhooks, health."""
