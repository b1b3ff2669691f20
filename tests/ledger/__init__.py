"""The contract that every home of the ledger passes, and what the SQLite one adds."""
