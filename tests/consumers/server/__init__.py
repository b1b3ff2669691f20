"""Tests of workers against a real broker and a real database."""
