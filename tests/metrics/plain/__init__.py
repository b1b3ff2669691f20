"""The contract of metrics once more, in plain Python, a module a family.

Nothing here is shared with the SQL: facts are in memory, what they mean comes from the folds of
``domain/``, and each function walks over them as the contract puts it.
"""
