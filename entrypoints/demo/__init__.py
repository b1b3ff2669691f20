"""The demo: a simulated rose grower of whose every promise the truth is known."""
