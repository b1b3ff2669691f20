"""What can be asked: fact tables, views, and the stores that run them."""
