"""The voice of the customer: scores, and what people and programs read in the comments."""

from __future__ import annotations

from typing import Final

from simulator.company import MAIL, NEWSLETTER, SITE
from simulator.local_time import DAY, HOUR
from simulator.orders import Order
from simulator.promises import Journey

#: Questions with their scales and the formula that was used, each as likely. An old form of the
#: newsletter still asks on a scale of seven.
_SCALES: Final = (
    ("stars", 1, 5, None, MAIL),
    ("nps", 0, 10, None, MAIL),
    ("nps", 0, 10, None, NEWSLETTER),
    ("csat", 1, 5, None, MAIL),
    ("csat", 1, 7, None, NEWSLETTER),
    ("ces", 1, 7, "ease", MAIL),
    ("ces", 1, 7, "effort", MAIL),
)
#: How content customers are, from 0 to 1: at the least, and how much may come on top; and how many
#: of them look at the shop again within three months.
_MOODS: Final = {
    "in_time": (0.6, 0.4, 0.35),
    "late": (0.0, 0.7, 0.2),
    "recovered": (0.65, 0.35, 0.6),
    "unrecovered": (0.0, 0.35, 0.05),
}
_PILLARS: Final = ("facilitation", "transparency", "trust", "humility", "thoughtfulness", "other")
_ATTITUDES: Final = ("personalise", "value", "attend", "detail", "dare", "other")


def feedback(order: Order, at: int, mood: str | None = None) -> None:
    """A score. By default the customer is content if the parcel was not late; after an incident,
    more than others where it was mended, and hardly where it was not."""
    scribe = order.scribe
    mood = mood or ("in_time" if at < order.due + 2 * DAY else "late")
    least, more, returning = _MOODS[mood]
    question, low, high, formula, source = _SCALES[int(scribe.random() * len(_SCALES))]
    score = low + round((least + more * scribe.random()) * (high - low))
    asked = {"question": question, "scale_min": low, "scale_max": high, "formula": formula}
    given = order.fact("feedback.given", source, at, **asked, score=score, about_ref=order.refs[0])
    _read(order, given, at + DAY, content=mood in ("in_time", "recovered"))
    if scribe.random() < returning:
        back = scribe.between(at + 2 * DAY, at + 80 * DAY)
        Journey(scribe, order.party).touch(SITE, back, "web_visit", "web", "customer")


def _read(order: Order, given: str, at: int, content: bool) -> None:
    """One comment in five says something about a pillar. People read half of these, programs
    another, and some both, who then mostly agree."""
    scribe = order.scribe
    chance = scribe.random()
    if chance >= 0.2:
        return
    pillar = scribe.one_of("thoughtfulness", *_PILLARS) if content else scribe.one_of(*_PILLARS)
    tag = {"fact_id": given, "praise": content, "refs": order.refs}
    if chance < 0.15:
        order.fact("pillar.tagged", MAIL, at, **tag, pillar=pillar, coder="person")
        seen_by = scribe.one_of("customer", "customer", "colleague", "manager", "other")
        shown = {"attitude": scribe.one_of("attend", *_ATTITUDES), "seen_by": seen_by}
        order.fact("attitude.shown", MAIL, at + HOUR, **shown, refs=order.refs)
    if chance < 0.1 or chance >= 0.15:
        read = pillar if scribe.random() < 0.7 else scribe.one_of(*_PILLARS)
        order.fact("pillar.tagged", NEWSLETTER, at + 2 * HOUR, **tag, pillar=read, coder="program")
