"""The funnel plot: shares by how much they rest on, within the limits of chance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, hypot

from domain.measures.funnel import Band, Funnel, funnel
from entrypoints.pages.language import Language
from entrypoints.pages.pictures.axes import FOOT, GAP, axis_name, foot_axis, foot_name, value_axis
from entrypoints.pages.pictures.canvas import Box, Canvas, Cell, Picture, Table, widest
from entrypoints.pages.pictures.glyphs import ABOVE, LEADING, fitted
from entrypoints.pages.pictures.measures import numbers, rates
from entrypoints.pages.pictures.scales import RootScale, Scale

HEIGHT = 315.0
#: So many places along the axis are limits figured for.
STEPS = 60
#: Of so many members each is named in the picture; of more, those outside of the limits.
FEW = 15
#: So wide a name may be.
NAME = 150.0


@dataclass(frozen=True)
class Member:
    """A department, or another unit: ``count`` of ``of``, and where these are listed."""

    label: str
    count: int
    of: int
    href: str | None = None


def funnel_plot(
    name: str, what: str, members: Sequence[Member], column: str, language: Language
) -> Picture:
    """The plot of the members that have a share at all; ``what`` is what the shares are of."""
    compared = [member for member in members if member.of]
    found = funnel([(member.count, member.of) for member in compared])
    table = _table(members, found, column, language)
    if found is None or len(compared) < 2:
        return Picture(None, language.say("funnel.too_few", count=len(compared)), table)
    canvas = Canvas(HEIGHT)
    low, high = _reach(found)
    marks = [mark for mark in rates(language).marks(low, high) if 0 <= mark[0] <= 1]
    left = widest([text for _, text in marks]) + 2 * GAP
    within = Box(left, ABOVE + GAP + LEADING, canvas.width - GAP, HEIGHT - FOOT - LEADING)
    sizes = numbers(language, whole=True).marks(0, max(member.of for member in compared))
    height = Scale(min(low, marks[0][0]), max(high, marks[-1][0]), within.bottom, within.top)
    across = RootScale(sizes[-1][0], within.left, within.right)
    value_axis(canvas, height, marks, within)
    foot_axis(canvas, across, sizes, within)
    axis_name(canvas, what, within)
    foot_name(canvas, language.say("funnel.size"), within)
    _draw_limits(canvas, found, across, height)
    y = height(found.target)
    canvas.line(within.left, y, within.right, y, "mean")
    _draw_members(canvas, compared, found, (across, height), language)
    title = _title(what, compared, found, language)
    notes = (_spread(found, language), *_legend(found, language))
    return Picture(canvas.svg(name, title, language.say("funnel.desc")), title, table, notes)


def _reach(found: Funnel) -> tuple[float, float]:
    """The lowest and the highest share that is shown: all members, and the limits of the middle
    one by size, since those of the smallest would reach from nothing to everything."""
    rates = [unit.rate for unit in found.units]
    middle = sorted(found.units, key=lambda unit: unit.of)[len(found.units) // 2]
    outer = (middle.widened or (middle.inner, middle.outer))[1]
    return min(*rates, outer.low), max(*rates, outer.high)


def _draw_limits(canvas: Canvas, found: Funnel, across: RootScale, height: Scale) -> None:
    # Close together where the limits are steep.
    sizes = sorted({max(1, ceil(across.high * (n / STEPS) ** 2)) for n in range(1, STEPS + 1)})
    chance = [found.bands(of) for of in sizes]
    places = [across(of) for of in sizes]
    if found.widened(1) is not None:
        wider = [found.widened(of) or chance[n] for n, of in enumerate(sizes)]
        _draw(canvas, places, [inner for inner, _ in wider], height, "widened inner")
        _draw(canvas, places, [outer for _, outer in wider], height, "widened outer")
    _draw(canvas, places, [inner for inner, _ in chance], height, "limit inner")
    _draw(canvas, places, [outer for _, outer in chance], height, "limit outer")


def _draw(
    canvas: Canvas, places: Sequence[float], bands: Sequence[Band], height: Scale, kind: str
) -> None:
    for side in ("low", "high"):
        ends = zip(places, (getattr(band, side) for band in bands), strict=True)
        # What lies beyond the picture is not drawn at its edge, as if it lay there; and no share
        # is below 0 or above 1, so that there it is no limit.
        inside = [(x, y) for x, y in ends if height.low <= y <= height.high and 0 < y < 1]
        canvas.path([(x, height(y)) for x, y in inside], kind)


def _draw_members(
    canvas: Canvas,
    members: Sequence[Member],
    found: Funnel,
    scales: tuple[RootScale, Scale],
    language: Language,
) -> None:
    across, height = scales
    placed = [
        (across(member.of), height(unit.rate), member, unit)
        for member, unit in zip(members, found.units, strict=True)
    ]
    for x, y, member, unit in placed:
        tip = f"{member.label}: {_of(member, language)}, {language.percent(unit.rate)}"
        canvas.circle(x, y, 4.5, "signal" if unit.place else "dot", tip, member.href)
        canvas.keep_free(Box(x - 4, y - 4, x + 4, y + 4))
    # Those outside of the limits are named first, since what does not fit is left out.
    for x, y, member, unit in sorted(placed, key=lambda one: -abs(one[3].place)):
        label = fitted(member.label, NAME)
        if not _name(canvas, x, y, label) and (unit.place or len(placed) <= FEW):
            _name_apart(canvas, x, y, label)


def _name(canvas: Canvas, x: float, y: float, label: str) -> bool:
    """A name beside its dot, or else over or under it: wherever there is room."""
    return (
        (x <= canvas.width - 80 and canvas.text(x + 8, y + 4, label))
        or canvas.text(x - 8, y + 4, label, "label", "end")
        or canvas.text(x, y - 8, label, "label", "middle")
        or canvas.text(x, y + ABOVE + 7, label, "label", "middle")
    )


def _name_apart(canvas: Canvas, x: float, y: float, label: str) -> None:
    """A name where there is room next, with a line from it to its dot."""
    rows = range(int(canvas.height / LEADING))
    free = sorted(
        (hypot(column * NAME / 2, row * LEADING - y), column * NAME / 2, row * LEADING)
        for column in range(-int(canvas.width / NAME * 2), int(canvas.width / NAME * 2) + 1)
        for row in rows
        if 0 <= x + column * NAME / 2 <= canvas.width
    )
    for _, away, at in free:
        if canvas.text(x + away, at, label, "label", "middle"):
            canvas.line(x, y, x + away, at - ABOVE / 2, "link")
            return


def _of(member: Member, language: Language) -> str:
    return language.say("units.of", count=member.count, of=member.of)


def _title(what: str, members: Sequence[Member], found: Funnel, language: Language) -> str:
    odd = [
        language.say("funnel.one_odd", who=member.label, place=_place(unit.place, language))
        for member, unit in zip(members, found.units, strict=True)
        if unit.place
    ]
    said = language.say(
        "funnel.title", what=what, target=language.percent(found.target), count=len(members)
    )
    if odd:
        which = language.say("funnel.odd", count=len(odd), who=language.listed(odd))
    else:
        which = language.say("funnel.none_odd")
    return f"{said} {which}"


def _spread(found: Funnel, language: Language) -> str:
    """Whether the members differ by more than chance, and what the limits take of that."""
    if found.dispersion is None:
        return language.say("funnel.no_test")
    values = {"phi": language.number(found.dispersion.phi, 2)}
    if not found.dispersion.over:
        return language.say("funnel.by_chance", **values)
    tau = language.number(found.dispersion.tau_squared**0.5, 3)
    if _hold_all(found):
        return language.say("funnel.over_wide", tau=tau, **values)
    return language.say("funnel.over", tau=tau, **values)


def _hold_all(found: Funnel) -> bool:
    """Whether the widened limits of every member would hold any share there is."""
    return all(unit.widened and unit.widened[0] == Band(0, 1) for unit in found.units)


def _legend(found: Funnel, language: Language) -> Iterator[str]:
    """What the lines are."""
    yield language.say("funnel.legend")
    if found.widened(1) is not None and not _hold_all(found):
        yield language.say("funnel.legend_widened")


def _table(
    members: Sequence[Member], found: Funnel | None, column: str, language: Language
) -> Table:
    units = iter(found.units if found else ())
    rows = []
    for member in members:
        unit = next(units, None) if member.of else None
        rate = Cell(language.percent(unit.rate if unit else None), figure=True, href=member.href)
        bands = (unit.widened or (unit.inner, unit.outer)) if unit else ()
        limits = [Cell(language.interval(b.low, b.high), figure=True) for b in bands]
        place = Cell(_place(unit.place, language) if unit else "–")
        rows.append(
            (Cell(member.label), rate, Cell(_of(member, language), figure=True),
             *(limits or [Cell("–"), Cell("–")]), place)
        )  # fmt: skip
    heads = ("share", "of", "limits_95", "limits_998", "place")
    return Table((column, *(language.say(f"column.{name}") for name in heads)), tuple(rows))


def _place(place: int, language: Language) -> str:
    """Where a share lies among the limits."""
    return language.say(f"funnel_place.{_PLACES[place]}")


_PLACES = {
    -2: "far_below",
    -1: "below",
    0: "within",
    1: "above",
    2: "far_above",
}
