"""PostgreSQL as a home of the views, held to what every home is held to and to what it adds."""
