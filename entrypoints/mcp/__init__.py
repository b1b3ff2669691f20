"""The door for machines that reason: questions as read-only tools of the Model Context Protocol."""
