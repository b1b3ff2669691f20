"""Tests of the simulated company and of the truth about it."""
