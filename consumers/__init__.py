"""What moves facts from the ledger into the views."""
