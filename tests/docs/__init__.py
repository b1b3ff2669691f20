"""The commands in the README and the docs, run."""
