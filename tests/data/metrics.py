"""Every metric of an imported data set: its number where the data have the facts, as the files
themselves say it, and elsewhere that nobody reports them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from projections.metrics.registry import Metric, metrics
from tests.compare import differences
from tests.data.imported import Imported, Json, instant
from tests.data.plain import olist, permits
from tests.data.plain.promises import Told, share
from tests.helpers import ask

Readings = Mapping[str, Callable[[Any], Json]]


def read_plainly(home: Imported) -> tuple[Told, Readings]:
    """What the files of a data set say, and the metrics that are read of it."""
    as_of = instant(home.as_of)
    if home.mapping == "permit_receipt":
        return permits.told(home.rows("receipt.csv"), as_of), permits.READ
    return olist.told(home.rows, as_of), olist.READ


def wrong_metrics(home: Imported) -> Iterator[str]:
    """One line a difference, for all metrics."""
    told, read = read_plainly(home)
    for name, metric in metrics().items():
        answer = ask(home.home, ["metric", name, "--as-of", home.as_of])
        lines = list(_wrong_evidence(home, metric, answer))
        if name in read:
            lines += differences(read[name](told), answer["value"])
        elif not answer["unreported"]:
            lines.append("nothing reads it from the files, and all that it rests on is reported")
        yield from (f"{name}: {line}" for line in lines)


def _wrong_evidence(home: Imported, metric: Metric, answer: Json) -> Iterator[str]:
    """The evidence is what the import has taken in and had happened."""
    as_of = instant(home.as_of)
    taken = {
        type: sum(instant(fact["time"]) <= as_of for fact in facts)
        for type, facts in home.facts.items()
    }
    types = (*metric.evidence, *metric.beside)
    expected = {
        "evidence": {type: taken.get(type, 0) for type in types},
        "unreported": [type for type in metric.evidence if type not in taken],
    }
    yield from differences(expected, answer)


def wrong_groups(home: Imported) -> Iterator[str]:
    """``kept_agreed`` by department, and by month on two clocks."""
    told, _ = read_plainly(home)
    for zone in ("UTC", "America/Sao_Paulo"):
        argv = ["metric", "kept_agreed", "--by", "department", "--by", "month", "--timezone", zone]
        seen = ask(home.home, [*argv, "--as-of", home.as_of])["groups"]
        kept: dict[tuple[str, str], list[bool]] = {}
        for one in told.due:
            key = one.owner, _month(one.due_at, zone)
            kept.setdefault(key, []).append(one.kept)
        expected = [
            {"key": {"department": owner, "month": month}, "value": share(kept[owner, month])}
            for owner, month in sorted(kept)
        ]
        yield from (f"in {zone}: {line}" for line in differences(expected, seen))


def _month(at: datetime | None, zone: str) -> str:
    assert at is not None
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m}"
