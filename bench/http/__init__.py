"""The bench of the HTTP door: what a process that serves carries, and beside it a bare route of the
same framework that does nothing but insert. Run it with ``./pledger bench --http``.

====================  ==========================================================================
``plan``              the sizes
``pieces``            which pieces there are
``aims``              what is aimed at
``doors``             starts the processes that serve, and stops them
``bare``              the bare route
the others            the pieces
====================  ==========================================================================
"""
