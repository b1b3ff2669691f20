"""Homes that the command line asks in place of the one in the folder that it is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from application import home_factory
from projections.session import Session
from tests.projections.stores import MemoryHome

if TYPE_CHECKING:
    from tests.projections.postgres.upkeep import PostgresTables

Asking = Callable[[], AbstractContextManager[tuple[Session, int]]]


@contextmanager
def asked_memory() -> Iterator[MemoryHome]:
    """A home in memory, on DuckDB."""
    memory = MemoryHome()

    @contextmanager
    def asking() -> Iterator[tuple[Session, int]]:
        with memory.asking() as session:
            state = memory.state()
            assert state is not None
            yield session, state.position

    with _asked_of(asking):
        yield memory


@contextmanager
def asked_tables(tables: PostgresTables) -> Iterator[PostgresTables]:
    """Tables in PostgreSQL."""

    @contextmanager
    def asking() -> Iterator[tuple[Session, int]]:
        with tables.home.reading() as session:
            yield session, session.horizon.get(0, 0)

    with _asked_of(asking):
        yield tables


@contextmanager
def _asked_of(asking: Asking) -> Iterator[None]:
    home = SimpleNamespace(asking=lambda on_progress: asking(), left_out=tuple)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(home_factory, "open_home", lambda *wiring: home)
        yield
