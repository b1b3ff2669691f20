"""Where facts are kept: one small port (``port.py``) and its two homes."""
