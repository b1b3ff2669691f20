"""What a question about a metric names that none of its units has: a mistyped value must not be
answered as "none"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from projections.metrics.registry import Metric
from projections.queries.as_of import Moment
from projections.queries.labels import PREFIX, label_name
from projections.queries.metrics import Selection, metric, units
from projections.queries.unknown import unknown_among, unknown_label
from projections.session import Session

if TYPE_CHECKING:
    from projections.queries.answers import UnknownValues


#: Columns that say in numbers what a row is about, whether any unit is in it or not.
_LABELS = frozenset({"day", "days"})


def is_nothing(value: object) -> bool:
    """Whether all figures of a value are 0 or null, as they are where no unit fits."""
    if isinstance(value, Mapping):
        return all(is_nothing(own) for name, own in value.items() if name not in _LABELS)
    if isinstance(value, list):
        return all(is_nothing(row) for row in value)
    return isinstance(value, str) or not value


def unknown_units(
    session: Session, moment: Moment, entry: Metric, selection: Selection, none: bool
) -> UnknownValues:
    """What a question names that is nowhere, by key, each with what may have been meant: the names
    of labels that nothing has which its units may be about. And where ``none`` of the units seems
    to fit, the values in the conditions that no unit has at the moment, whatever the window and the
    other conditions. Nothing where the metric has no units at all. The views show the moment."""
    found = _unknown_labels(session, entry, selection)
    if not (none and selection.where) or units(session, moment, entry, selection, limit=1)["units"]:
        return found
    labels = {f"{PREFIX}{said['value']}" for said in found.get("label", ())}
    whole = replace(selection, by=(), where=(), start=None, end=None)
    for key, value in dict.fromkeys(selection.where):
        if key in labels:
            continue
        groups = metric(session, moment, entry, replace(whole, by=[key])).get("groups", [])
        values = [own for group in groups if (own := group["key"][key]) is not None]
        if value and groups and (said := unknown_among(key, value, values)):
            found.setdefault(key, []).append(said)
    return found


def _unknown_labels(session: Session, entry: Metric, selection: Selection) -> UnknownValues:
    view = "issue" if "topic" in entry.keys else "commitment"
    asked = dict.fromkeys([*selection.by, *(key for key, _ in selection.where)])
    names = filter(None, map(label_name, asked))
    found = [said for name in names if (said := unknown_label(session, view, name))]
    return {"label": found} if found else {}
