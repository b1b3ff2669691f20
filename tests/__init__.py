"""The tests. ``./pledger test`` runs them all."""
