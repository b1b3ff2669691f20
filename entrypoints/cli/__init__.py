"""The command line: a module reads the options of some commands, calls the application, prints."""
