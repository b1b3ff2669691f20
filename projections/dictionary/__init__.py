"""What the tables and their columns mean: the one source for all that tells of them."""
