"""The scribe writes the facts of one episode after another and hands them on as they are emitted.

An episode (an order and all that comes of it, a month of the house) is written in one go, while its
facts are emitted over months, between those of other episodes. The scribe keeps what is not yet
emitted in one heap of paper a day, so that memory follows the promises that are open, not the years
that are simulated.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha1
from random import Random
from typing import cast
from uuid import NAMESPACE_URL

from entrypoints.demo.events import Event
from entrypoints.demo.moments import DAY, HOUR, MINUTE, SECOND, daytime
from entrypoints.demo.record import Notes, Promise, Trace, Waiting

#: Of a hundred facts, one is emitted twice and two are emitted hours or weeks late.
REPEATED = 0.01
LATE = 0.03
LONGEST_DELAY = 45 * DAY

_DETAIL = {"touchpoint.occurred": "channel", "commitment.made": "commitment_id"}
_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


class Scribe:
    """Writes facts that happen at or before ``end``; later ones are dropped, because nobody has
    lived them yet. ``key`` tells one simulation from another: fact ids are version-5 UUIDs, in the
    URL namespace, of ``pledger:demo:KEY/EPISODE/NUMBER``. ``random`` is the run's one source of
    chance. With ``noting`` off, ``notes`` keeps its counts only; with ``repeating`` off, no fact
    is emitted twice."""

    def __init__(
        self, seed: int, end: int, key: str, noting: bool = True, repeating: bool = True
    ) -> None:
        self.random = Random(seed).random
        self.end = end
        self.noting = noting
        self._repeating = repeating
        self.notes = Notes()
        name = f"pledger:demo:{key}/"
        # What version 5 of a UUID is made of; nobody is to be kept out by it.
        self._ids = sha1(NAMESPACE_URL.bytes + name.encode(), usedforsecurity=False)
        self._episode = ""
        self._number = 0
        self._thread: str | None = None
        self._watched = False
        self._written = 0
        self._heaps: dict[int, list[tuple[int, int, Event]]] = {}
        self._today: int | None = None

    def open(self, episode: str, thread: str | None, watched: bool) -> None:
        """Starts an episode. ``thread`` ties its facts together in the notes; ``watched`` notes
        every fact."""
        self._episode = episode
        self._number = 0
        self._thread = thread
        self._watched = watched and self.noting

    def fact(
        self,
        type_: str,
        source: str,
        subject: str,
        at: int,
        body: dict[str, object],
        cause: str | None = None,
        thread: str | None = "",
    ) -> str:
        """Writes one fact and returns its id. Nothing is written for ``at`` after the end.
        ``thread`` is noted where it is not the episode's own; None for a loose fact."""
        identity = self._identity()
        if at > self.end:
            return identity
        event = Event(identity, type_, source, subject, at, body, None, cause)
        self._emit(event)
        notes = self.notes
        notes.facts += 1
        notes.by_type[type_] = notes.by_type.get(type_, 0) + 1
        if self._watched:
            department = source.split("/", 2)[1]
            own = self._thread if thread == "" else thread
            detail = body.get(_DETAIL.get(type_, ""))
            trace = Trace(at, identity, type_, department, subject, own, cast("str | None", detail))
            notes.traces.setdefault(subject, []).append(trace)
        return identity

    def wait(
        self, reason: str, about: str, since: int, fact: str, until: int | None = None
    ) -> None:
        """Notes that a fact waits in suspense, until something happens or for good."""
        if self.noting and since <= self.end:
            settled = until if until is not None and until <= self.end else None
            self.notes.waiting.append(Waiting(reason, about, since, fact, settled))

    def void(self, fact: str) -> None:
        """Notes that a fact was taken back for good."""
        if self.noting:
            self.notes.out_of_force.add(fact)

    def sign(self, promise: Promise, *times: int) -> None:
        """Notes that the customer heard from the company about a promise."""
        promise.signs.extend(at for at in times if at <= self.end)

    def _identity(self) -> str:
        self._number += 1
        hashed = self._ids.copy()
        hashed.update(f"{self._episode}/{self._number}".encode())
        h = hashed.hexdigest()
        return f"{h[:8]}-{h[8:12]}-5{h[13:16]}-{_VARIANT[h[16]]}{h[17:20]}-{h[20:32]}"

    def _emit(self, event: Event) -> None:
        chance = self.random()
        if chance >= LATE:
            self._lay(event, event.time + int(chance * 40) * SECOND)
        elif chance >= REPEATED:
            delay = 2 * HOUR + int((chance - REPEATED) / (LATE - REPEATED) * LONGEST_DELAY)
            if self._lay(event, event.time + delay) - event.time > HOUR:
                self.notes.late += 1
        else:
            first = self._lay(event, event.time + 5 * SECOND)
            if self._repeating:
                self._lay(event, first + MINUTE + int(chance / REPEATED * 3 * DAY))

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
            yield from self._hand_on(self._heaps.pop(day))

    def emitted_at_last(self) -> Iterator[Event]:
        """Hands on all that is left, in order."""
        for day in sorted(self._heaps):
            yield from self._hand_on(self._heaps.pop(day))

    def _hand_on(self, heap: list[tuple[int, int, Event]]) -> Iterator[Event]:
        heap.sort()
        self.notes.emitted += len(heap)
        for _, _, event in heap:
            yield event

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

    def one_of(self, choices: tuple[str, ...]) -> str:
        """One of the choices, each as likely."""
        return choices[int(self.random() * len(choices))]
