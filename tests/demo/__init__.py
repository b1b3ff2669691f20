"""Tests of the demo as it is run, held to the truth about its company."""
