"""The bench: how fast Pledger is, and how fast the plain way is on the same facts. Run it with
``./pledger bench``; ``docs/reference/bench.md`` says what the figures mean.

Every measured piece runs in a process of its own (``bench.child``), so that none is helped or
hindered by what ran before it and each has its own peak of memory. The process that starts them
imports nothing large: a child's peak counts from what its parent held.

====================  ==========================================================================
``plan``              which pieces there are, in which sizes, and what is aimed at
``running``           makes what the pieces work on, and runs them, those of a group in turns
``table``             the figures as tables
``machine``           what they were measured on, in words
``measured``          what a piece says of itself
``material``          the ledgers and files that the pieces work on
the others            the pieces; ``plain`` is eventsourcing's side
====================  ==========================================================================
"""
