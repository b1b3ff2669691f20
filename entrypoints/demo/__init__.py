"""The demo: a simulated rose grower, whose every promise is known, and what the ledger says of it."""
