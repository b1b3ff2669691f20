"""Troubles that people have met, each as a few inputs and calls with the right answers."""
