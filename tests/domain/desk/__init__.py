"""The desk, told as stories: given, when, then."""
