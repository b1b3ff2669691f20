"""The bench of the server home: a broker and a PostgreSQL server of its own, Pledger on them, and
others that fill a table from the same topic. Run it with ``./pledger bench --server``.

====================  ==========================================================================
``plan``              the sizes, and what is aimed at
``pieces``            which pieces there are
``servers``           starts the servers, and stops them
``databases``         a fresh database for each piece
``material``          a ledger in a topic
``rivals``            the others, which run in an environment of their own
the others            the pieces
====================  ==========================================================================
"""
