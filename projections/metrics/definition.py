"""What is told of a metric beside its number: its texts, and what the number was computed by."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from domain.instants import from_microseconds
from projections.metrics.kinds import shape_of
from projections.metrics.registry import Metric, folded
from projections.metrics.relations import RELATIONS, relations_of
from projections.metrics.shape import Asked


def definition(metric: Metric) -> dict[str, str | None]:
    """What a person reads beside the number. ``hash`` names what it was computed by."""
    return {**metric.texts, "hash": fingerprint(metric)}


def fingerprint(metric: Metric, relations: Mapping[str, str] = RELATIONS) -> str:
    """A fingerprint of the entry, of the SQL of its units with all the relations that this reads
    from, and of the SQL by which its kind counts them, however these are laid out. What the views
    hold is another matter: their definition is that of the home.
    """
    said = [metric.name, metric.kind, *metric.keys, str(metric.within), *metric.evidence]
    said += [f"{name}: {text}" for name, text in metric.texts.items()]
    said += [f"{name}: {metric.shape[name]}" for name in sorted(metric.shape)]
    said += [folded(metric.sql)]
    said += [f"{name}: {folded(relations[name])}" for name in sorted(relations_of(metric))]
    # No text of a kind depends on the instant or on the zone.
    shape = shape_of(metric, Asked(from_microseconds(0), "UTC", metric.within is not None))
    said += [*shape.figures, *shape.alike, *shape.columns.values()]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]
