"""From facts in their tables to rows of the views, for the keys that they affect."""
