"""Ids: version 7 in order, version 5 by key."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import NAMESPACE_URL, uuid5

from hypothesis import given
from hypothesis import strategies as st

from pledger_sdk.ids import Ids, stable_id

MILLISECOND = 1_000_000


def bytes_of(byte: int) -> Callable[[int], bytes]:
    return lambda count: bytes([byte]) * count


@given(st.lists(st.integers(0, (1 << 47) - 1), min_size=1, max_size=30))
def test_ids_only_rise_whatever_the_clock_does(milliseconds: list[int]) -> None:
    times = iter([each * MILLISECOND for each in milliseconds])
    ids = Ids(clock=lambda: next(times))
    made = [ids() for _ in milliseconds]
    assert made == sorted(set(made))
    assert all(each.version == 7 and each.variant == "specified in RFC 4122" for each in made)


def test_an_id_begins_with_its_time() -> None:
    ids = Ids(clock=lambda: 0x017F22E279B0 * MILLISECOND, chance=bytes_of(0xCC))
    # The example of RFC 9562, appendix A.6, with other chance.
    assert str(ids()).startswith("017f22e2-79b0-7")


def test_a_millisecond_that_is_used_up_runs_into_the_next() -> None:
    ids = Ids(clock=lambda: 5 * MILLISECOND, chance=bytes_of(0xFF))
    first, second = ids(), ids()
    assert (first.int >> 80, second.int >> 80) == (5, 6)
    assert second > first


def test_threads_never_get_the_same_id() -> None:
    ids = Ids(clock=lambda: MILLISECOND)
    with ThreadPoolExecutor(8) as pool:
        made = [
            each
            for part in pool.map(lambda _: [ids() for _ in range(500)], range(8))
            for each in part
        ]
    assert len(set(made)) == 4000


def test_a_child_does_not_wait_for_a_thread_that_it_has_not() -> None:
    inside, enough = threading.Event(), threading.Event()

    def slow(count: int) -> bytes:
        inside.set()
        enough.wait(60)
        return bytes(count)

    ids, others = Ids(chance=slow), Ids()
    with ThreadPoolExecutor(1) as pool:
        making = pool.submit(ids)
        inside.wait(60)
        child = os.fork()
        if child == 0:
            signal.alarm(20)  # its end, where it hangs
            enough.set()
            os._exit(0 if others() < others() and ids() < ids() else 1)
        enough.set()
        making.result(60)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_key_makes_the_same_id_again() -> None:
    id = stable_id("/care/calls", "commitment.made", "71")
    assert id == uuid5(NAMESPACE_URL, "pledger:emit:/care/calls commitment.made 71")
    assert id.version == 5
    others = [
        stable_id("/care/calls", "commitment.honoured", "71"),
        stable_id("/care/calls2", "commitment.made", "71"),
        stable_id("/care/calls", "commitment.made", "72"),
    ]
    assert len({id, *others}) == 4
