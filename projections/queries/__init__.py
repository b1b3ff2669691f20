"""The answers of docs/reference/command-line.md, computed from the views: one module a family of
questions.

Answers are plain dictionaries in the documented shapes; instants in them are aware datetimes.
"""
