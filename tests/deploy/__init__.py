"""The files for containers, read: there is no engine to run them on."""
