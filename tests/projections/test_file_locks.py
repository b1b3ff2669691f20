"""A lock that is taken again and again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest

from projections.errors import Busy
from projections.file_locks import lockable, locked

Lockable = Callable[[], AbstractContextManager[Callable[[], AbstractContextManager[None]]]]


@pytest.fixture
def opened(tmp_path: Path) -> Lockable:
    path = tmp_path / "lock"
    return partial(lockable, path, patience_s=0.0, on_wait=lambda sentence: None, what="it")


def test_one_has_it_at_a_time(opened: Lockable) -> None:
    with opened() as one, opened() as other:
        for mine, theirs in ((one, other), (other, one), (one, other)):
            with mine(), pytest.raises(Busy), theirs():
                pass
            with theirs():
                pass


def test_it_is_let_go_of_whatever_happens(opened: Lockable) -> None:
    with opened() as one, opened() as other:
        with pytest.raises(LookupError), one():
            raise LookupError
        with other():
            pass


def test_it_keeps_others_out_too(opened: Lockable, tmp_path: Path) -> None:
    alone = partial(
        locked,
        tmp_path / "lock",
        exclusive=True,
        purpose="a test",
        patience_s=0.0,
        on_wait=lambda sentence: None,
    )
    with opened() as one:
        with one(), pytest.raises(Busy), alone():
            pass
        with alone():
            pass
