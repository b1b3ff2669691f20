"""A stream of events into a ledger: what is kept, what is said, and how much is held in memory."""

from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

import application.emit
from application.emit import BATCH_FACTS, Emitted, Events, OnProgress
from application.home import Appending, silent
from application.json_line import LINE_LIMIT
from ledger.port import EventData, Receipt
from ledger.sqlite.ledger import SQLiteLedger

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class Memory:
    """What emitting needs of a ledger, in a list, with the batches it was handed."""

    def __init__(self) -> None:
        self.kept: list[EventData] = []
        self.batches: list[int] = []

    def append(self, facts: Sequence[EventData], *, all_or_nothing: bool = False) -> list[Receipt]:
        self.batches.append(len(facts))
        places = {fact.id: at for at, fact in enumerate(self.kept, 1)}
        new: list[EventData] = []
        receipts = []
        for fact in facts:
            at = places.get(fact.id, 0)
            if not at:
                new.append(fact)
                places[fact.id] = at = len(self.kept) + len(new)
                receipts.append(Receipt(at, "accepted"))
                continue
            same = (self.kept + new)[at - 1] == fact
            receipts.append(Receipt(at, "duplicate" if same else "conflict"))
        if all_or_nothing and any(receipt.outcome == "conflict" for receipt in receipts):
            head = len(self.kept)
            return [Receipt(at if at <= head else 0, outcome) for at, outcome in receipts]
        self.kept += new
        return receipts

    def head(self) -> int:
        return len(self.kept)


def emit(
    ledger: Appending,
    stream: BinaryIO,
    *,
    all_or_nothing: bool = False,
    on_progress: OnProgress = silent,
) -> Emitted:
    asked = Events(stream=stream, all_or_nothing=all_or_nothing)
    return application.emit.emit(ledger, asked, on_progress)


def event(n: int, **changes: object) -> bytes:
    given = {
        "specversion": "1.0",
        "id": str(UUID(int=n)),
        "type": "commitment.honoured",
        "source": "/care/phone",
        "subject": "customer:1",
        "time": "2026-03-01T10:00:00Z",
        "data": {"commitment_id": f"C-{n}"},
        **changes,
    }
    return json.dumps(given).encode() + b"\n"


def test_a_rejected_line_never_stops_the_others() -> None:
    ledger = Memory()
    lines = [event(1), b"{\n", event(2), event(3, type="x"), b"\n", b"  \r\n", event(1), event(4)]
    answer = emit(ledger, io.BytesIO(b"".join(lines)))
    assert (answer["accepted"], answer["duplicates"], answer["head"]) == (3, 1, 3)
    assert [(each["line"], each["id"]) for each in answer["rejected"]] == [
        (2, None),
        (4, str(UUID(int=3))),
    ]
    assert [fact.id for fact in ledger.kept] == [str(UUID(int=n)) for n in (1, 2, 4)]


def test_emitting_again_adds_nothing() -> None:
    ledger = Memory()
    content = b"".join(event(n) for n in range(1, 10))
    emit(ledger, io.BytesIO(content))
    assert emit(ledger, io.BytesIO(content)) == {
        "accepted": 0,
        "duplicates": 9,
        "rejected": [],
        "head": 9,
    }


def test_a_conflict_says_where_the_other_one_is() -> None:
    ledger = Memory()
    emit(ledger, io.BytesIO(event(1) + event(2)))
    answer = emit(ledger, io.BytesIO(event(3) + event(2, subject="customer:2") + b"{" + event(4)))
    assert (answer["accepted"], answer["head"]) == (1, 3)
    assert [each["line"] for each in answer["rejected"]] == [2, 3]
    assert "already there at position 2, with other content" in answer["rejected"][0]["why"]


def test_all_or_nothing_writes_all() -> None:
    ledger = Memory()
    content = b"".join(event(n % 9_000 + 1) for n in range(10_000))
    answer = emit(ledger, io.BytesIO(content), all_or_nothing=True)
    assert (answer["accepted"], answer["duplicates"], answer["head"]) == (9_000, 1_000, 9_000)
    assert ledger.batches == [10_000]


def test_all_or_nothing_writes_nothing_if_a_line_is_bad() -> None:
    ledger = Memory()
    content = event(1) + b"[]\n" + event(2) + b"{}\n"
    answer = emit(ledger, io.BytesIO(content), all_or_nothing=True)
    assert (answer["accepted"], answer["duplicates"], answer["head"]) == (0, 0, 0)
    assert [each["line"] for each in answer["rejected"]] == [2, 4]
    assert ledger.batches == []


def test_all_or_nothing_writes_nothing_if_ids_conflict() -> None:
    ledger = Memory()
    emit(ledger, io.BytesIO(event(1)))
    content = event(2) + event(1, subject="customer:2") + event(2, subject="customer:2")
    answer = emit(ledger, io.BytesIO(content), all_or_nothing=True)
    assert (answer["accepted"], answer["duplicates"], answer["head"]) == (0, 0, 1)
    first, second = answer["rejected"]
    assert (first["line"], second["line"]) == (2, 3)
    assert "at position 1" in first["why"]
    assert "on an earlier line" in second["why"]


def test_batches_are_bounded_by_facts_and_by_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Memory()
    emit(ledger, io.BytesIO(b"".join(event(n) for n in range(BATCH_FACTS + 5))))
    assert ledger.batches == [BATCH_FACTS, 5]
    monkeypatch.setattr(application.emit, "BATCH_BYTES", 100)
    ledger = Memory()
    emit(ledger, io.BytesIO(b"".join(event(n) for n in range(100))))
    assert len(ledger.batches) > 10
    assert sum(ledger.batches) == 100


class Interrupted(io.BytesIO):
    """A stream during which somebody presses Ctrl-C."""

    def __init__(self, content: bytes, after: int) -> None:
        super().__init__(content)
        self.after = after

    def readline(self, size: int | None = -1, /) -> bytes:
        self.after -= 1
        if self.after < 0:
            raise KeyboardInterrupt
        return super().readline(size)


def test_an_interruption_leaves_whole_batches_and_a_second_run_finishes() -> None:
    ledger = Memory()
    content = b"".join(event(n) for n in range(2 * BATCH_FACTS + 9))
    with pytest.raises(KeyboardInterrupt):
        emit(ledger, Interrupted(content, after=BATCH_FACTS + 7))
    assert ledger.head() == BATCH_FACTS
    answer = emit(ledger, io.BytesIO(content))
    assert (answer["accepted"], answer["duplicates"]) == (BATCH_FACTS + 9, BATCH_FACTS)


class Long(io.RawIOBase):
    """A line of ``size`` bytes between two events, without holding it."""

    def __init__(self, size: int) -> None:
        self.parts = [event(1), None, b"\n" + event(2)]
        self.left = size
        self.waiting = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer)
        if not self.waiting and self.parts:
            if self.parts[0] is None and self.left:
                self.waiting = b"x" * min(self.left, len(view))
                self.left -= len(self.waiting)
            else:
                self.waiting = self.parts.pop(0) or self.parts.pop(0) or b""
        count = min(len(view), len(self.waiting))
        view[:count] = self.waiting[:count]
        self.waiting = self.waiting[count:]
        return count


def test_a_line_of_fifty_megabytes_is_skipped_by_chunks() -> None:
    ledger = Memory()
    seen: list[tuple[int, int]] = []
    stream = io.BufferedReader(Long(50_000_000))
    tracemalloc.start()
    try:
        answer = emit(ledger, stream, on_progress=lambda *done: seen.append(done))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer["accepted"] == 2
    assert [(each["line"], each["id"]) for each in answer["rejected"]] == [(2, None)]
    assert "at most 2,097,152 bytes" in answer["rejected"][0]["why"]
    assert seen == [(3, 50_000_000 + len(event(1) + event(2)) + 1)]
    assert peak < 12_000_000


@pytest.mark.parametrize("ending", [b"", b"\n", b"\r\n"])
def test_a_line_at_the_limit_is_read(ending: bytes) -> None:
    padded = event(1).strip() + b" " * LINE_LIMIT
    longest = padded[: LINE_LIMIT - len(ending) + 1] if ending else padded[:LINE_LIMIT]
    answer = emit(Memory(), io.BytesIO(longest + ending))
    assert answer["accepted"] == 1
    answer = emit(Memory(), io.BytesIO(padded[:LINE_LIMIT] + b"x" + ending + event(2)))
    assert answer["rejected"][0]["line"] == 1


def test_a_byte_order_mark_is_tolerated_at_the_start_of_the_file_alone() -> None:
    bom = b"\xef\xbb\xbf"
    answer = emit(Memory(), io.BytesIO(bom + event(1) + bom + event(2)))
    assert answer["accepted"] == 1
    assert "byte order mark" in answer["rejected"][0]["why"]
    assert emit(Memory(), io.BytesIO(bom))["rejected"] == []


def test_an_empty_stream_is_no_error() -> None:
    for all_or_nothing in (False, True):
        answer = emit(Memory(), io.BytesIO(b""), all_or_nothing=all_or_nothing)
        assert answer == {"accepted": 0, "duplicates": 0, "rejected": [], "head": 0}


def test_progress_tells_lines_and_bytes() -> None:
    seen: list[tuple[int, int]] = []
    content = b"".join(event(n) for n in range(2_500))
    emit(Memory(), io.BytesIO(content), on_progress=lambda *done: seen.append(done))
    assert [lines for lines, _ in seen] == [1_000, 2_000, 2_500]
    assert seen[-1][1] == len(content)


@given(st.lists(st.binary(max_size=60) | st.just(event(1)) | st.just(event(2)), max_size=6))
def test_any_stream_gives_an_answer(parts: list[bytes]) -> None:
    content = b"".join(parts)
    answer = emit(Memory(), io.BytesIO(content))
    lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    told = answer["accepted"] + answer["duplicates"] + len(answer["rejected"])
    assert told == sum(1 for line in lines if line.strip(b" \t\r"))
    numbers = [each["line"] for each in answer["rejected"]]
    assert numbers == sorted(set(numbers))


def test_the_same_over_sqlite(tmp_path: Path) -> None:
    ledger = SQLiteLedger(tmp_path / "ledger.sqlite", clock=lambda: 1_772_355_600_000_000)
    content = event(1) + b"{\n" + event(2) + event(1) + event(2, subject="customer:2")
    answer = emit(ledger, io.BytesIO(content))
    assert (answer["accepted"], answer["duplicates"], answer["head"]) == (2, 1, 2)
    assert [each["line"] for each in answer["rejected"]] == [2, 5]
    bad = event(3) + event(2, subject="customer:2")
    refused = emit(ledger, io.BytesIO(bad), all_or_nothing=True)
    assert (refused["accepted"], refused["head"]) == (0, 2)
    assert "at position 2" in refused["rejected"][0]["why"]
    ledger.close()
