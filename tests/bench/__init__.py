"""The bench runs, on very small sizes. How fast anything is is not tested here."""
