"""Where the parts are wired together: the command line, the door for events, people's output."""
