"""The demo: the simulated rose grower in a folder, and what can be asked about it."""
