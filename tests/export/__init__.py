"""Tests of what is carried out of a home."""
