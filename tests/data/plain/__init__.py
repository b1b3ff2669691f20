"""Metrics read off the rows of the CSV files, without anything of the product: no fact, no fold, no
SQL of its own."""
