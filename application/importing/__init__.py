"""Importing: a folder of SELECTs over a folder of data, into a ledger."""
