"""What becomes of a promise: the story is decided first, then told by its facts.

Each fate is a function of the word that was given. ``STATUS`` says how every fate ends, once its
last step is behind us and the agreed date has passed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from typing import Final

from entrypoints.demo.company import HABITS
from entrypoints.demo.moments import DAY, HOUR, day_of, local
from entrypoints.demo.word import Word

#: To whom each department passes a promise on.
NEIGHBOUR: Final = {
    "accounting": "payments",
    "advertising": "web-shop",
    "care": "logistics",
    "logistics": "web-shop",
    "payments": "accounting",
    "web-shop": "logistics",
}


def settle_fate(word: Word) -> str:
    """Draws the fate of a promise by the habits of its kind, tells it, and returns its name."""
    habits = HABITS[word.promise.about]
    fate = habits.fates[bisect_right(habits.sums, word.scribe.random())]
    tell(word, fate)
    return fate


def tell(word: Word, fate: str) -> None:
    """Tells one fate by its name."""
    word.promise.fate = fate
    FATES[fate](word)


def due_of(word: Word) -> int:
    """The agreed date of a promise that has one."""
    if word.due is None:
        raise ValueError(f"expected a due date in {word.promise.commitment_id}; give it one")
    return word.due


def _later(word: Word, least: int, most: int) -> int:
    """Six in the evening, some days after the date that counts now."""
    days = least + int(word.scribe.random() * (most - least + 1))
    return local(day_of(due_of(word)) + days, 18)


def _in_time(word: Word, after: int) -> int:
    """An instant after ``after`` and before the date."""
    return word.scribe.between(after, due_of(word))


def _early(word: Word) -> int:
    return word.made_at + (due_of(word) - word.made_at) // 3


def _after(word: Word, at: int, least: int, most: int) -> int:
    """Between ``least`` and ``most`` hours after ``at``."""
    return word.scribe.between(at + least * HOUR, at + most * HOUR)


def _channel(word: Word) -> str:
    return "phone" if word.scribe.random() < 0.6 else "email"


def kept(word: Word) -> None:
    """In time, and nobody had to ask."""
    word.keep(_in_time(word, _early(word)))


def at_the_instant(word: Word) -> None:
    """On the very instant."""
    word.keep(due_of(word))


def chased_kept(word: Word) -> None:
    """In time, after a reminder."""
    asked = word.scribe.between(word.made_at, _early(word))
    word.chase(asked, _channel(word))
    word.keep(_in_time(word, _early(word)))


def moved_agreed(word: Word) -> None:
    """The company asks for another date, the customer agrees, and it is kept."""
    asked = word.scribe.between(word.made_at, _early(word))
    word.move(asked, _later(word, 3, 14), "company", agreed=True, consent=True)
    word.keep(_in_time(word, _early(word)))


def moved_by_customer(word: Word) -> None:
    """The customer asks for another date, and it is kept."""
    asked = word.scribe.between(word.made_at, _early(word))
    agreed = word.scribe.random() < 0.5
    word.move(asked, _later(word, 5, 21), "customer", agreed=agreed, consent=True)
    word.keep(_in_time(word, _early(word)))


def moved_alone(word: Word) -> None:
    """The company gives itself more time: late by the agreed date, in time by the latest."""
    new = _later(word, 4, 12)
    old = due_of(word)
    word.move(_in_time(word, word.made_at), new, "company", agreed=False, consent=False)
    word.keep(word.scribe.between(old, new))


def forgiven(word: Word) -> None:
    """The customer accepts another date when the first one has passed."""
    asked = _after(word, due_of(word), 12, 72)
    new = _later(word, 5, 14)
    word.move(asked, new, "company", agreed=True, consent=False)
    word.keep(word.scribe.between(asked, new))


def late(word: Word) -> None:
    """Some days late; nobody asked."""
    if word.scribe.random() < 0.3:
        word.share(_in_time(word, word.made_at), shown=word.scribe.random() < 0.6)
    word.keep(_after(word, due_of(word), 2, 9 * 24))


def late_chased(word: Word) -> None:
    """Late, after the customer had to ask again and again."""
    at = due_of(word)
    for _ in range(1 + int(word.scribe.random() * 3)):
        at = _after(word, at, 8, 80)
        word.chase(at, _channel(word))
    if word.scribe.random() < 0.5:
        at = _after(word, at, 1, 12)
        word.share(at, shown=word.scribe.random() < 0.5)
    word.keep(_after(word, at, 6, 120))


def forgotten(word: Word) -> None:
    """Never done; some customers ask, in vain."""
    at = due_of(word)
    for _ in range(int(word.scribe.random() * 3)):
        at = _after(word, at, 24, 400)
        word.chase(at, _channel(word))


def abandoned(word: Word) -> None:
    """The company says that it will not."""
    word.abandon(word.scribe.between(_early(word), due_of(word) + 3 * DAY), "out_of_stock")


def released_early(word: Word) -> None:
    """The customer says never mind, in time."""
    word.release(_in_time(word, word.made_at), "changed_mind")


def released_late(word: Word) -> None:
    """The customer gives up when the date has passed."""
    word.release(_after(word, due_of(word), 20, 200), "went_elsewhere")


def _disputed(word: Word) -> int:
    done = word.scribe.between((word.made_at + _early(word)) // 2, _early(word))
    word.keep(done)
    at = _after(word, done, 6, 60)
    word.dispute(at)
    return at


def disputed_upheld(word: Word) -> None:
    """Said to be done; it was not, and it is done too late."""
    settled = _after(word, _disputed(word), 20, 120)
    word.settle_dispute(settled, upheld=True)
    word.keep(_after(word, max(settled, due_of(word)), 6, 96))


def disputed_rejected(word: Word) -> None:
    """Said not to be done; it was."""
    word.settle_dispute(_after(word, _disputed(word), 20, 120), upheld=False)


def disputed_open(word: Word) -> None:
    """Said not to be done; nobody looks into it."""
    _disputed(word)


def reopened(word: Word) -> None:
    """Done, but badly: it comes back and is done again, too late."""
    done = _in_time(word, _early(word))
    word.keep(done)
    back = _after(word, done, 12, 240)
    word.reopen(back, "came_back_damaged")
    word.keep(_after(word, max(back, due_of(word)), 12, 140))


def paused(word: Word) -> None:
    """It waits for an answer of the customer, and is in time all the same."""
    asked = word.scribe.between(word.made_at, _early(word))
    third = (due_of(word) - _early(word)) // 3
    word.pause(asked, _early(word) + third)
    word.keep(_in_time(word, _early(word) + third))


def released_done(word: Word) -> None:
    """The customer says never mind, and it comes all the same, in time."""
    at = word.scribe.between(word.made_at, _early(word))
    word.release(at, "changed_mind")
    word.keep(_in_time(word, _early(word)))


def given_up_released(word: Word) -> None:
    """The company gives up, and the customer lets it off."""
    at = word.scribe.between(word.made_at, _early(word))
    word.abandon(at, "out_of_stock")
    word.release(_in_time(word, _early(word)), "understood")


def given_up_done(word: Word) -> None:
    """The company gives up, and does it after all, too late."""
    word.abandon(_in_time(word, _early(word)), "out_of_stock")
    word.keep(_after(word, due_of(word), 24, 240))


def wrong_scan(word: Word) -> None:
    """A neighbour's parcel is scanned first; the real one comes in time."""
    wrong = word.scribe.between(word.made_at, _early(word))
    word.scan_wrongly(wrong, wrong + 2 * HOUR)
    word.keep(_in_time(word, max(_early(word), wrong + 2 * HOUR)))


def scan_restored(word: Word) -> None:
    """Done in time; the scan is doubted by mistake, and then believed again."""
    done = _in_time(word, _early(word))
    word.keep(done)
    word.doubt_wrongly(done + 5 * HOUR, done + 26 * HOUR)


def handed(word: Word) -> None:
    """Another department takes the promise on and keeps it."""
    to = NEIGHBOUR[word.owner or "care"]
    proposed = word.scribe.between(word.made_at, _early(word))
    word.hand_over(proposed, to)
    taken = word.scribe.between(proposed, _early(word))
    word.accept(taken, to)
    word.keep(_in_time(word, _early(word)))


def refused(word: Word) -> None:
    """Passed on, refused, taken back, and kept."""
    to = NEIGHBOUR[word.owner or "care"]
    proposed = word.scribe.between(word.made_at, _early(word))
    word.hand_over(proposed, to)
    said_no = word.scribe.between(proposed, _early(word))
    back = word.scribe.between(said_no, _early(word) + HOUR)
    word.refuse(said_no, to, back)
    word.keep(_in_time(word, _early(word) + HOUR))


def ownerless(word: Word) -> None:
    """Thrown over the wall: nobody takes it, nobody keeps it."""
    word.hand_over(_in_time(word, word.made_at), NEIGHBOUR[word.owner or "care"])
    word.chase(_after(word, due_of(word), 24, 200), _channel(word))


def undated(word: Word) -> None:
    """No date was ever given."""


def undated_kept(word: Word) -> None:
    """Done, though no date was ever given."""
    word.keep(_after(word, word.made_at, 48, 90 * 24))


def undated_released(word: Word) -> None:
    """The customer tires of waiting."""
    word.release(_after(word, word.made_at, 48, 60 * 24), "changed_mind")


def _date_it(word: Word) -> int:
    at = _after(word, word.made_at, 24, 40 * 24)
    due = local(day_of(at) + 10 + int(word.scribe.random() * 20), 18)
    word.move(at, due, "company", agreed=False, consent=False)
    return at


def dated_later(word: Word) -> None:
    """The company gives a date at last, and keeps it."""
    word.keep(_in_time(word, _date_it(word)))


def dated_then_slipped(word: Word) -> None:
    """The company gives a date at last, and then another, alone."""
    dated = _date_it(word)
    new, old = _later(word, 7, 20), due_of(word)
    word.move(_in_time(word, dated), new, "company", agreed=False, consent=False)
    word.keep(word.scribe.between(old, new))


FATES: Final[dict[str, Callable[[Word], None]]] = {
    tale.__name__: tale
    for tale in (
        kept,
        at_the_instant,
        chased_kept,
        moved_agreed,
        moved_by_customer,
        moved_alone,
        forgiven,
        late,
        late_chased,
        forgotten,
        abandoned,
        released_early,
        released_late,
        disputed_upheld,
        disputed_rejected,
        disputed_open,
        reopened,
        paused,
        released_done,
        given_up_released,
        given_up_done,
        wrong_scan,
        scan_restored,
        handed,
        refused,
        ownerless,
        undated,
        undated_kept,
        undated_released,
        dated_later,
        dated_then_slipped,
    )
}

_NOT_KEPT: Final = {
    "moved_alone": "late",
    "forgiven": "late",
    "late": "late",
    "late_chased": "late",
    "forgotten": "overdue",
    "abandoned": "broken",
    "released_early": "released",
    "released_late": "released",
    "disputed_upheld": "late",
    "disputed_open": "disputed",
    "reopened": "late",
    "given_up_released": "released",
    "given_up_done": "late",
    "ownerless": "overdue",
    "undated": "undated",
    "undated_released": "released",
    "dated_then_slipped": "late",
}

#: How each fate ends.
STATUS: Final = {name: _NOT_KEPT.get(name, "kept") for name in FATES}
