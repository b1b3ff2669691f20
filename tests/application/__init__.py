"""What one can do with a ledger, without any door to it."""
