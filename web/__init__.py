"""The pages that an enterprise opens from a message, and the outbox: server-rendered, in French, without JavaScript."""
