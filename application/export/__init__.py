"""Carrying what a home knows to the tools that data teams have."""
