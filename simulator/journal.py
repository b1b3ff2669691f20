"""The facts of the company: written one episode after another, handed on as they are emitted.

An episode (an order and all that comes of it, a month of the house) is written in one go, while its
facts are emitted over months, between those of other episodes. The journal keeps what is not yet
emitted in one heap of paper a day, so that memory follows the promises that are open, not the years
that are simulated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha1
from random import Random
from typing import NamedTuple
from uuid import NAMESPACE_URL

from simulator.company import MINUTES_ONLY
from simulator.local_time import DAY, HOUR, MINUTE, SECOND, daytime

#: Of a hundred facts, one is emitted twice and two are emitted hours or weeks late.
REPEATED = 0.01
LATE = 0.03
LONGEST_DELAY = 45 * DAY

_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


class Event(NamedTuple):
    """One fact as its emitter wrote it. ``time`` is in UTC microseconds since 1970; instants in
    ``body`` are aware datetimes, and fields that have a default may be missing. Nobody changes a
    body once it is emitted. ``sequence`` numbers the facts of a source whose clock shows minutes
    only."""

    id: str
    type: str
    source: str
    subject: str
    time: int
    body: Mapping[str, object]
    causationid: str | None = None
    sequence: str | None = None


class Counts(NamedTuple):
    """Distinct facts, events with the repeats, and facts emitted more than an hour late."""

    facts: int
    emitted: int
    late: int


class Journal:
    """Keeps facts that happen at or before ``end``; later ones are dropped, because nobody has
    lived them yet. ``key`` tells one simulation from another: fact ids are version-5 UUIDs, in the
    URL namespace, of ``pledger:demo:KEY/EPISODE/NUMBER``. ``random`` is the run's one source of
    chance."""

    def __init__(self, seed: int, end: int, key: str) -> None:
        self.random = Random(seed).random
        self.end = end
        # What version 5 of a UUID is made of; nobody is to be kept out by it.
        name = NAMESPACE_URL.bytes + f"pledger:demo:{key}/".encode()
        self._ids = self._episode = sha1(name, usedforsecurity=False)
        self._number = 0
        self._facts = self._emitted = self._late = 0
        self._written = 0
        self._heaps: dict[int, list[tuple[int, int, Event]]] = {}
        self._today: int | None = None

    def open(self, episode: str) -> None:
        """Starts an episode."""
        self._episode = self._ids.copy()
        self._episode.update(f"{episode}/".encode())
        self._number = 0

    def fact(
        self,
        type_: str,
        source: str,
        subject: str,
        at: int,
        body: Mapping[str, object],
        because: str | None = None,
    ) -> str:
        """Writes one fact, caused by another (``because``, an id) or not, and returns its id.
        Nothing is written for ``at`` after the end."""
        identity = self._next_id()
        if at <= self.end:
            sequence = str(self._number) if source in MINUTES_ONLY else None
            self._emit(Event(identity, type_, source, subject, at, body, because, sequence))
        return identity

    def slip(
        self, type_: str, source: str, subject: str, at: int, body: Mapping[str, object]
    ) -> None:
        """Writes one fact that somebody has dated wrongly, or named wrongly: it is emitted whatever
        its date, and no chance is drawn for it, so that all others stay what they are."""
        self._emit(Event(self._next_id(), type_, source, subject, at, body), chance=1.0)

    def _next_id(self) -> str:
        self._number += 1
        hashed = self._episode.copy()
        hashed.update(b"%d" % self._number)
        h = hashed.hexdigest()
        return f"{h[:8]}-{h[8:12]}-5{h[13:16]}-{_VARIANT[h[16]]}{h[17:20]}-{h[20:32]}"

    def _emit(self, event: Event, chance: float | None = None) -> None:
        self._facts += 1
        if chance is None:
            chance = self.random()
        if chance >= LATE:
            self._lay(event, event.time + int(chance * 40) * SECOND)
        elif chance >= REPEATED:
            delay = 2 * HOUR + int((chance - REPEATED) / (LATE - REPEATED) * LONGEST_DELAY)
            self._late += self._lay(event, event.time + delay) - event.time > HOUR
        else:
            first = self._lay(event, event.time + 5 * SECOND)
            self.repeat(event, first + MINUTE + int(chance / REPEATED * 3 * DAY))

    def repeat(self, event: Event, at: int) -> None:
        """Emits a fact once more."""
        self._lay(event, at)

    def _lay(self, event: Event, emitted: int) -> int:
        emitted = min(emitted, self.end)
        self._written += 1
        self._heaps.setdefault(emitted // DAY, []).append((emitted, self._written, event))
        return emitted

    def emitted_before(self, at: int) -> Iterator[Event]:
        """Hands on what was emitted before the day of ``at``, in order. No later episode may start
        before that day."""
        today = at // DAY
        if today == self._today:
            return
        self._today = today
        for day in sorted(day for day in self._heaps if day < today):
            heap = sorted(self._heaps.pop(day))
            self._emitted += len(heap)
            for _, _, event in heap:
                yield event

    def counts(self) -> Counts:
        """How much was written and handed on so far."""
        return Counts(self._facts, self._emitted, self._late)

    def between(self, low: int, high: int) -> int:
        """An instant in (low, high), by day where there is one, on a whole second if it can."""
        if high <= low + 2:
            raise ValueError(f"expected an instant between {low} and {high}; leave it more room")
        at = low + 1 + int(self.random() * (high - low - 1))
        by_day = daytime(at)
        if low < by_day < high:
            return by_day
        whole = at // SECOND * SECOND
        return whole if low < whole else at

    def one_of(self, *choices: str) -> str:
        """One of the choices, each as likely."""
        return choices[int(self.random() * len(choices))]
