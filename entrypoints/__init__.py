"""The doors: the command line, and how answers look on a terminal. Clocks are read here alone."""
