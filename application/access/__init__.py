"""Who may do what, whichever door they come by."""
