"""Chaos: workers, the broker and the database fail at random while facts come in, and in the end
the views are what the ledger says, to the row."""
