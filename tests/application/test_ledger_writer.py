"""Who appends for many: what waits is written together, and each is told what became of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from application.held import Held
from application.ledger_writer import LedgerWriter, Written
from domain.errors import Unavailable, Wrong
from ledger.errors import CannotWrite, NotAcknowledged, Unkeepable
from ledger.port import EventData, Receipt
from tests.helpers import PATIENCE, wait_until
from tests.homes import embedded_home
from tests.ledger.making import a_fact, facts


class Book:
    """A ledger that notes each append, lets a test hold one up, and fails where it is told to."""

    def __init__(self) -> None:
        self.appended: list[list[int]] = []
        self.may = threading.Semaphore(0)
        self.within = threading.Event()
        self.opened = 0
        self.fails: dict[int, Exception] = {}
        self.facts: list[EventData] = []

    @contextmanager
    def writing(self) -> Iterator[Book]:
        self.opened += 1
        if 0 in self.fails:
            raise self.fails[0]
        yield self

    def append(self, facts: Sequence[EventData], *, all_or_nothing: bool = False) -> list[Receipt]:
        numbers = [fact.time for fact in facts]
        self.appended.append(numbers)
        self.within.set()
        assert self.may.acquire(timeout=PATIENCE)
        for number in numbers:
            if number in self.fails:
                raise self.fails[number]
        start = len(self.facts) + 1
        self.facts += facts
        return [Receipt(start + at, "accepted") for at in range(len(facts))]

    def head(self) -> int:
        return len(self.facts)

    def go_on(self, times: int = 100) -> None:
        self.may.release(times)


def fact(number: int) -> EventData:
    """A fact that is known by its time."""
    return a_fact(number)._replace(time=number)


@pytest.fixture
def book() -> Book:
    return Book()


@pytest.fixture
def writer(book: Book) -> Iterator[LedgerWriter]:
    found = LedgerWriter(book)  # type: ignore[arg-type]  # all that it needs of a home
    yield found
    book.go_on()
    found.close()


def waiting(writer: LedgerWriter, book: Book, *groups: Any, **how: Any) -> list[Future[Written]]:
    """Requests that come while another one, whose fact is 1, is being written."""
    first = writer.submit([fact(1)])
    assert book.within.wait(PATIENCE)
    return [first, *(writer.submit([fact(n) for n in group], **how) for group in groups)]


def test_what_waits_is_written_together(writer: LedgerWriter, book: Book) -> None:
    requests = waiting(writer, book, [2, 3], [], [4])
    book.go_on()
    found = [each.result(PATIENCE) for each in requests]
    assert [[one.position for one in each.receipts] for each in found] == [[1], [2, 3], [], [4]]
    assert book.appended == [[1], [2, 3, 4]]
    assert [each.head for each in found] == [1, 4, 4, 4]
    assert book.opened == 1


def test_all_or_nothing_is_written_alone(writer: LedgerWriter, book: Book) -> None:
    requests = waiting(writer, book, [2], [3], all_or_nothing=True)
    requests.append(writer.submit([fact(4)]))
    book.go_on()
    assert [each.result(PATIENCE).receipts[0].position for each in requests] == [1, 2, 3, 4]
    assert book.appended == [[1], [2], [3], [4]]


def test_what_is_wrong_with_one_does_not_concern_the_others(
    writer: LedgerWriter, book: Book
) -> None:
    book.fails[3] = Unkeepable("a fact", "none", "")
    good, bad, other = waiting(writer, book, [2, 3], [4])
    book.go_on()
    assert good.result(PATIENCE).head == 1
    assert isinstance(bad.exception(PATIENCE), Unkeepable)
    assert other.result(PATIENCE).head == 2
    assert book.opened == 1


def test_a_ledger_in_trouble_is_told_to_all_and_opened_anew(
    writer: LedgerWriter, book: Book
) -> None:
    book.fails[3] = NotAcknowledged("to be acknowledged", "silence", "", [None])
    _, one, other = waiting(writer, book, [2], [3])
    book.go_on()
    assert isinstance(one.exception(PATIENCE), Unavailable)
    assert isinstance(other.exception(PATIENCE), Unavailable)
    assert writer.submit([fact(5)]).result(PATIENCE).head == 2
    assert book.opened == 2


def test_a_ledger_that_can_not_be_opened(writer: LedgerWriter, book: Book) -> None:
    book.fails[0] = CannotWrite("room", "none", "")
    assert isinstance(writer.submit([fact(1)]).exception(PATIENCE), CannotWrite)
    del book.fails[0]
    book.go_on()
    assert writer.submit([fact(2)]).result(PATIENCE).head == 1
    assert book.appended == [[2]]


def test_many_threads_at_once(tmp_path: Path) -> None:
    writer = LedgerWriter(embedded_home(tmp_path / "home"))

    def write(number: int) -> list[Receipt]:
        return writer.submit(facts(number * 10, number * 10 + 15)).result(PATIENCE).receipts

    with ThreadPoolExecutor(16) as threads:
        found = list(threads.map(write, range(40)))
    writer.close()
    where: dict[int, int] = {}
    for number, receipts in enumerate(found):
        for at, receipt in enumerate(receipts):
            assert where.setdefault(number * 10 + at, receipt.position) == receipt.position
    assert sorted(where.values()) == list(range(1, 406))


def test_it_is_let_go_when_nobody_needs_it(book: Book) -> None:
    book.go_on()
    closed = threading.Event()

    @contextmanager
    def opening() -> Iterator[int]:
        yield 7
        closed.set()

    held = Held(opening, "it", idle_s=0.01)
    assert held.submit(lambda number: number + 1).result(PATIENCE) == 8
    assert closed.wait(PATIENCE)
    assert held.submit(lambda number: number).result(PATIENCE) == 7
    held.close()


def test_too_many_that_wait_are_told_at_once() -> None:
    go_on, within = threading.Event(), threading.Event()

    @contextmanager
    def opening() -> Iterator[str]:
        yield "it"

    def slowly(it: str) -> bool:
        within.set()
        return go_on.wait(PATIENCE)

    held = Held(opening, "it", places=1)
    first = held.submit(slowly)
    assert within.wait(PATIENCE)
    second = held.submit(len)
    with pytest.raises(Unavailable):
        held.submit(len)
    go_on.set()
    assert first.result(PATIENCE)
    assert second.result(PATIENCE) == 2
    held.close()


def test_an_error_of_the_caller_s_leaves_it_open() -> None:
    opened = []

    @contextmanager
    def opening() -> Iterator[int]:
        opened.append(1)
        yield 0

    def fail(error: Exception) -> Any:
        def raises(held: int) -> None:
            raise error

        return raises

    held = Held(opening, "it")
    assert isinstance(held.submit(fail(Wrong("a", "b"))).exception(PATIENCE), Wrong)
    assert isinstance(held.submit(fail(KeyError())).exception(PATIENCE), KeyError)
    wait_until(lambda: len(opened) == 1)
    assert held.submit(lambda number: number).result(PATIENCE) == 0
    assert len(opened) == 2
    held.close()
