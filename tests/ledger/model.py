"""What a ledger does, as plainly as it can be said: the model that homes are compared with."""

from __future__ import annotations

from ledger.port import EventData, Receipt


class Model:
    """A ledger as a list: its position in it is a fact's position, less one."""

    def __init__(self) -> None:
        self.facts: list[EventData] = []

    def append(self, batch: list[EventData], all_or_nothing: bool) -> list[Receipt]:
        before = list(self.facts)
        receipts = [self._append(fact) for fact in batch]
        if all_or_nothing and any(receipt.outcome == "conflict" for receipt in receipts):
            self.facts = before
            return [r if r.position <= len(before) else Receipt(0, r.outcome) for r in receipts]
        return receipts

    def _append(self, fact: EventData) -> Receipt:
        for position, earlier in enumerate(self.facts, start=1):
            if earlier.id == fact.id:
                return Receipt(position, "duplicate" if earlier == fact else "conflict")
        self.facts.append(fact)
        return Receipt(len(self.facts), "accepted")
