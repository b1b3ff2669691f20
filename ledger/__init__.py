"""Where facts lie: one small port (``port.py``) and its homes."""
