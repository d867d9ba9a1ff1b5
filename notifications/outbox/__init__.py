"""Messages that stay here: the message table itself is the outbox."""
