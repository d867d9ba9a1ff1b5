"""Server-rendered pages in French, usable without JavaScript: the portal, the console, the outbox."""
