"""The installable package ``pledger_sdk``, and what builds it."""
