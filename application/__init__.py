"""What one can do with a ledger: plain functions, a typed request in, an answer out.

Every entry point stands on these: the command line today. Nothing here knows how a request was
written down or how its answer is shown. Times, chance and settings come in as data.
"""
