"""Python's collector of cycles, set for processes that make many objects and hardly a cycle."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """A message becomes a dozen tuples that live as long as its batch, a long answer hundreds of
    thousands of objects that live until it is printed. Looking through them as often as Python does
    by default takes a tenth of a worker's time, and a fifth of a long answer's."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)
