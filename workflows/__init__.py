"""The durable loop of a journey. Nothing here does I/O."""
