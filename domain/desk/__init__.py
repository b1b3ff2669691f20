"""The desk: what may be decided about a promise or an issue, given all that is known of it.

Deciders: an initial state (``KNOWN_NOTHING``), ``evolve``, and one ``decide`` for promises and one
for issues. The rules of what a fact does are those of ``domain.commitments`` and ``domain.issues``;
nothing of them is said here a second time.
"""
