"""PostgreSQL as a home of the views: what the folds and the answers know is the same SQL."""
