"""What may become of a promise: a fate is decided first, then told by the promise's steps."""

from __future__ import annotations

from simulator.company import NEIGHBOUR
from simulator.local_time import DAY, HOUR, evening
from simulator.promises import Promise


class Fates:
    """The fates of one promise: every public method tells one of them."""

    def __init__(self, promise: Promise) -> None:
        self.promise = promise
        self.scribe = promise.journey.scribe

    def _due(self) -> int:
        """The agreed date of a promise that has one."""
        if self.promise.due is None:
            raise ValueError(f"expected a due date in {self.promise.commitment_id}; give it one")
        return self.promise.due

    def _later(self, least: int, most: int) -> int:
        """Some days after the date that counts now."""
        return evening(self._due(), least + int(self.scribe.random() * (most - least + 1)))

    def _early(self) -> int:
        """When a third of the time is over, and the customer wants it already."""
        third = self.promise.made_at + (self._due() - self.promise.made_at) // 3
        return max(third, self.promise.earliest or third)

    def _soon(self) -> int:
        """An instant in the first third of the time."""
        return self.scribe.between(self.promise.made_at, self._early())

    def _hastily(self) -> int:
        """An instant in the sixth of the time before it."""
        early = self._early()
        return self.scribe.between((self.promise.made_at + early) // 2, early)

    def _in_time(self, after: int | None = None) -> int:
        """An instant before the date: after ``after``, or after the first third."""
        return self.scribe.between(self._early() if after is None else after, self._due())

    def _after(self, at: int, least: int, most: int) -> int:
        """Between ``least`` and ``most`` hours after ``at``."""
        return self.scribe.between(at + least * HOUR, at + most * HOUR)

    def _channel(self) -> str:
        return "phone" if self.scribe.random() < 0.6 else "email"

    def kept(self) -> None:
        """In time, and nobody had to ask."""
        self.promise.keep(self._in_time())

    def at_the_instant(self) -> None:
        """On the very instant."""
        self.promise.keep(self._due())

    def hurried(self) -> None:
        """Before the customer wanted it."""
        self.promise.keep(self._hastily())

    def in_two_parcels(self) -> None:
        """A part and then the rest, both in time."""
        part = self._soon()
        self.promise.keep_part(part)
        self.promise.keep(self._in_time(max(part, self._early())))

    def partly_kept(self) -> None:
        """A part in time, the rest late."""
        self.promise.keep_part(self._in_time())
        self.promise.keep(self._after(self._due(), 12, 8 * 24))

    def reported_in_time(self) -> None:
        """In time, by the word of a printer who reports at the end of the month."""
        self.promise.report(self._after(self._due(), 24, 25 * 24), in_time=True)

    def reported_late(self) -> None:
        """Late, by the printer's own word."""
        self.promise.report(self._after(self._due(), 24, 25 * 24), in_time=False)

    def chased_kept(self) -> None:
        """In time, after a reminder."""
        self.promise.chase(self._soon(), self._channel())
        self.promise.keep(self._in_time())

    def moved_agreed(self) -> None:
        """The company asks for another date, the customer agrees, and it is kept."""
        asked, new = self._soon(), self._later(3, 14)
        self.promise.move(asked, new, "company", agreed=True, consent=True)
        self.promise.keep(self._in_time())

    def moved_by_customer(self) -> None:
        """The customer asks for another date, and it is kept."""
        asked, agreed = self._soon(), self.scribe.random() < 0.5
        self.promise.move(asked, self._later(5, 21), "customer", agreed=agreed, consent=True)
        self.promise.keep(self._in_time())

    def moved_alone(self) -> None:
        """The company gives itself more time: late by the agreed date, in time by the latest."""
        self._slip(self.promise.made_at, 4, 12)

    def _slip(self, after: int, least: int, most: int) -> None:
        new, old = self._later(least, most), self._due()
        self.promise.move(self._in_time(after), new, "company", agreed=False, consent=False)
        self.promise.keep(self.scribe.between(old, new))

    def moved_at_the_last(self) -> None:
        """The company gives itself more time in the last two days: in time by the latest date."""
        self._slip(max(self.promise.made_at, self._due() - 44 * HOUR), 4, 12)

    def forgiven(self) -> None:
        """The customer accepts another date when the first one has passed."""
        asked, new = self._after(self._due(), 12, 72), self._later(5, 14)
        self.promise.move(asked, new, "company", agreed=True, consent=False)
        self.promise.keep(self.scribe.between(asked, new))

    def late(self) -> None:
        """Some days late; nobody asked."""
        if self.scribe.random() < 0.3:
            self.promise.share(
                self._in_time(self.promise.made_at), shown=self.scribe.random() < 0.6
            )
        self.promise.keep(self._after(self._due(), 2, 9 * 24))

    def late_chased(self) -> None:
        """Late, after the customer had to ask again and again."""
        at = self._due()
        for _ in range(1 + int(self.scribe.random() * 3)):
            at = self._after(at, 8, 80)
            self.promise.chase(at, self._channel())
        if self.scribe.random() < 0.5:
            at = self._after(at, 1, 12)
            self.promise.share(at, shown=self.scribe.random() < 0.5)
        self.promise.keep(self._after(at, 6, 120))

    def forgotten(self) -> None:
        """Never done; some customers ask, in vain."""
        at = self._due()
        for _ in range(int(self.scribe.random() * 3)):
            at = self._after(at, 24, 400)
            self.promise.chase(at, self._channel())

    def dropped(self) -> None:
        """Never done, and nobody asks."""

    def abandoned(self) -> None:
        """The company says that it will not."""
        at = self.scribe.between(self._early(), self._due() + 3 * DAY)
        self.promise.abandon(at, "out_of_stock")

    def released_early(self) -> None:
        """The customer says never mind, in time."""
        self.promise.release(self._in_time(self.promise.made_at), "changed_mind")

    def released_late(self) -> None:
        """The customer gives up when the date has passed."""
        self.promise.release(self._after(self._due(), 20, 200), "went_elsewhere")

    def _disputed(self) -> int:
        done = self._hastily()
        self.promise.keep(done)
        at = self._after(done, 6, 60)
        self.promise.dispute(at)
        return at

    def disputed_upheld(self) -> None:
        """Said to be done; it was not, and it is done too late."""
        settled = self._after(self._disputed(), 20, 120)
        self.promise.settle_dispute(settled, upheld=True)
        self.promise.keep(self._after(max(settled, self._due()), 6, 96))

    def disputed_rejected(self) -> None:
        """Said not to be done; it was."""
        self.promise.settle_dispute(self._after(self._disputed(), 20, 120), upheld=False)

    def disputed_open(self) -> None:
        """Said not to be done; nobody looks into it."""
        self._disputed()

    def reopened(self) -> None:
        """Done, but badly: it comes back and is done again, too late."""
        done = self._in_time()
        self.promise.keep(done)
        back = self._after(done, 12, 240)
        self.promise.reopen(back, "came_back_damaged")
        self.promise.keep(self._after(max(back, self._due()), 12, 140))

    def paused(self) -> None:
        """It waits for an answer of the customer, and is in time all the same."""
        early = self._early()
        until = early + (self._due() - early) // 3
        self.promise.pause(self._soon(), until, "customer")
        self.promise.keep(self._in_time(until))

    def paused_for_carrier(self) -> None:
        """The carrier is on strike for some days: late, but not by the company's own clock."""
        paused, days = self._in_time(), 2 + int(self.scribe.random() * 4)
        self.promise.pause(paused, paused + days * DAY, "third_party")
        low = max(self._due(), paused + days * DAY)
        self.promise.keep(self.scribe.between(low, self._due() + days * DAY))

    def released_done(self) -> None:
        """The customer says never mind, and it comes all the same, in time."""
        self.promise.release(self._soon(), "changed_mind")
        self.promise.keep(self._in_time())

    def given_up_released(self) -> None:
        """The company gives up, and the customer lets it off."""
        self.promise.abandon(self._soon(), "out_of_stock")
        self.promise.release(self._in_time(), "understood")

    def given_up_done(self) -> None:
        """The company gives up, and does it after all, too late."""
        self.promise.abandon(self._in_time(), "out_of_stock")
        self.promise.keep(self._after(self._due(), 24, 240))

    def wrong_scan(self) -> None:
        """A neighbour's parcel is scanned first; the real one comes in time."""
        wrong = self._soon()
        self.promise.scan_wrongly(wrong, wrong + 2 * HOUR)
        self.promise.keep(self._in_time(max(self._early(), wrong + 2 * HOUR)))

    def scan_restored(self) -> None:
        """Done in time; the scan is doubted by mistake, and then believed again."""
        done = self._in_time()
        self.promise.keep(done)
        self.promise.doubt_wrongly(done + 5 * HOUR, done + 26 * HOUR)

    def _propose(self, at: int) -> str:
        neighbour = NEIGHBOUR[self.promise.owner or "care"]
        self.promise.hand_over(at, neighbour)
        return neighbour

    def handed(self) -> None:
        """Another department takes the promise on and keeps it."""
        proposed = self._soon()
        neighbour = self._propose(proposed)
        self.promise.accept(self.scribe.between(proposed, self._early()), neighbour)
        self.promise.keep(self._in_time())

    def refused(self) -> None:
        """Passed on, refused, taken back, and kept."""
        proposed, until = self._soon(), self._early() + HOUR
        neighbour = self._propose(proposed)
        said_no = self.scribe.between(proposed, self._early())
        self.promise.refuse(said_no, neighbour, self.scribe.between(said_no, until))
        self.promise.keep(self._in_time(until))

    def ownerless(self) -> None:
        """Thrown over the wall: nobody takes it, nobody keeps it."""
        self._propose(self._in_time(self.promise.made_at))
        self.promise.chase(self._after(self._due(), 24, 200), self._channel())

    def undated(self) -> None:
        """No date was ever given."""

    def undated_kept(self) -> None:
        """Done, though no date was ever given."""
        self.promise.keep(self._after(self.promise.made_at, 48, 90 * 24))

    def undated_released(self) -> None:
        """The customer tires of waiting."""
        self.promise.release(self._after(self.promise.made_at, 48, 60 * 24), "changed_mind")

    def _date_it(self) -> int:
        at = self._after(self.promise.made_at, 24, 40 * 24)
        due = evening(at, 10 + int(self.scribe.random() * 20))
        self.promise.move(at, due, "company", agreed=False, consent=False)
        return at

    def dated_later(self) -> None:
        """The company gives a date at last, and keeps it."""
        self.promise.keep(self._in_time(self._date_it()))

    def dated_then_slipped(self) -> None:
        """The company gives a date at last, and then another, alone."""
        self._slip(self._date_it(), 7, 20)
