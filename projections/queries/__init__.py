"""The answers of docs/reference/command-line.md, computed from the views: one module a family of
questions, and ``answers`` with the types of what they give. Instants in them are aware datetimes.
"""
