"""Who may do what: keys, sessions, tokens of an issuer, and who read personal fields."""
