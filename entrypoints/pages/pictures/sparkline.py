"""A sparkline: how a number moved, so small that it fits into a line of a table."""

from __future__ import annotations

from collections.abc import Sequence

from entrypoints.pages.pictures.canvas import Canvas
from entrypoints.pages.pictures.scales import Scale

HEIGHT, WIDTH = 22.0, 120.0


def sparkline(
    name: str, title: str, values: Sequence[float], times: Sequence[float] | None = None
) -> str | None:
    """The line with a dot at its end; None where two values are wanting. ``times`` are when each
    was, in their order; without them all are equally far apart. The numbers stand beside it in
    words, so it has no table of its own."""
    if len(values) < 2:
        return None
    canvas = Canvas(HEIGHT, WIDTH)
    times = range(len(values)) if times is None else times
    across = Scale(times[0], times[-1], 3, WIDTH - 3)
    height = Scale(min(values), max(values), HEIGHT - 3, 3)
    places = [(across(at), height(value)) for at, value in zip(times, values, strict=True)]
    canvas.path(places, "series")
    canvas.circle(*places[-1], 2.5, "signal")
    return canvas.svg(name, title, title)
