"""The door for machines that reason."""
