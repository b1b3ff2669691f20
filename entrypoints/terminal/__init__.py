"""Answers for people: the same dicts that ``--json`` prints, as aligned tables and timelines."""
