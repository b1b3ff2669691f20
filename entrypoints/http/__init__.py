"""The HTTP door: a route parses, calls a function of ``application/``, and answers."""
