"""The desk over both homes: what it answers, at once with others, and killed at every step."""
