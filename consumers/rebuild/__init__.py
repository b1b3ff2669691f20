"""Building the views of a server home anew, beside the live ones."""
