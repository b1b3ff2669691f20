"""The registry of metrics: what each number is, and the SQL of its units.

Each family has a folder: ``registry.toml`` says in the order of docs/reference/metrics.md which
metrics there are and what they mean, and ``NAME.sql`` answers one row a unit. ``relations.sql`` has
what several of them read from; ``kinds`` says what a kind needs of its units and makes the value.
"""
