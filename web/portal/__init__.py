"""The pages behind the signed links of messages: what an enterprise or its accountant may see and do (COM-7)."""
