"""Importers: SELECTs over files, confined; rows to facts; the importers that come along."""
