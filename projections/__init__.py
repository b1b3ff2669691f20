"""The read side: fact tables, views, and the stores that run them."""
