"""Letters out, receipts in: one folder per channel, one French template per message."""
