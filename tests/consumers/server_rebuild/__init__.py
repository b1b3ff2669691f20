"""Rebuilding the views of a server home, against a real broker and a real PostgreSQL."""
