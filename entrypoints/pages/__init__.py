"""The pages that people look at: drawn on the server, readable without a script, in two
languages."""
