"""A graph of departments: who hands on to whom, how often, and how long that takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import atan2, cos, hypot, inf, pi, sin, sqrt

from entrypoints.pages.language import Language
from entrypoints.pages.pictures.canvas import Box, Canvas, Cell, Picture, Table
from entrypoints.pages.pictures.glyphs import ABOVE, BELOW, fitted, width

HEIGHT = 380.0
#: How far the lines of both directions between two are apart.
APART = 5.0
#: The name of a department is at most so wide, and half of its box so high.
WIDEST, HALF = 120.0, 12.0
#: Where along its line a label may stand, the best place first.
ALONG = (0.4, 0.5, 0.3, 0.6, 0.2, 0.7, 0.1, 0.8, 0.9)
#: The arrows of eight directions, from rightwards on, clockwise.
ARROWS = "→↘↓↙←↖↑↗"
#: Lines are drawn for this part of all steps: all of them would hide which matter.
DRAWN = 0.95


#: From a point to another.
Line = tuple[tuple[float, float], tuple[float, float]]


@dataclass(frozen=True)
class Edge:
    """So many times one after the other, with a typical time between, in seconds."""

    start: str
    end: str
    count: int
    typical: float | None


def graph(name: str, title: str, edges: Sequence[Edge], language: Language) -> Picture:
    """The departments on a ring, in the order of their names; what stays within one, and what is
    rare, is in the table alone. The thicker a line, the more often; an arrow says which way."""
    table = _table(edges, language)
    between = _most([edge for edge in edges if edge.start != edge.end])
    if not between:
        return Picture(None, language.say("graph.nothing"), table)
    nodes = sorted({each for edge in between for each in (edge.start, edge.end)})
    canvas = Canvas(HEIGHT)
    places = _places(nodes, canvas)
    for node, (x, y) in places.items():
        half = _half(node)
        box = Box(x - half, y - HALF, x + half, y + HALF)
        canvas.rect(box, "node")
        canvas.text(x, y + ABOVE / 2 - 1, fitted(node, WIDEST), "label", "middle")
        canvas.keep_free(box)
    most = max(edge.count for edge in between)
    lines = [_draw(canvas, edge, places, most) for edge in between]
    for edge, line in zip(between, lines, strict=True):
        _label(canvas, edge, line, lines, language)
    svg = canvas.svg(name, title, language.say("graph.desc"))
    return Picture(svg, title, table, (language.say("graph.key"),))


def _most(edges: Sequence[Edge]) -> list[Edge]:
    """The most frequent edges, which make up ``DRAWN`` of all steps."""
    left = DRAWN * sum(edge.count for edge in edges)
    found = []
    for edge in sorted(edges, key=lambda each: -each.count):
        if left <= 0:
            break
        found.append(edge)
        left -= edge.count
    return found


def _places(nodes: Sequence[str], canvas: Canvas) -> dict[str, tuple[float, float]]:
    x, y = canvas.width / 2, canvas.height / 2
    turn = 2 * pi / len(nodes)
    return {
        node: (x + (x - 80) * cos(n * turn - pi / 2), y + (y - 24) * sin(n * turn - pi / 2))
        for n, node in enumerate(nodes)
    }


def _half(node: str) -> float:
    """Half the width of a department's box."""
    return width(fitted(node, WIDEST)) / 2 + 8


def _edge(node: str, dx: float, dy: float) -> float:
    """How far it is from the middle of a box to a little beyond its edge, in a direction."""
    across = _half(node) / abs(dx) if dx else inf
    return min(across, HALF / abs(dy) if dy else inf) + APART


def _draw(
    canvas: Canvas,
    edge: Edge,
    places: dict[str, tuple[float, float]],
    most: int,
) -> Line:
    """Draw the line of an edge: from where to where it goes."""
    (x1, y1), (x2, y2) = places[edge.start], places[edge.end]
    length = hypot(x2 - x1, y2 - y1) or 1.0
    dx, dy = (x2 - x1) / length, (y2 - y1) / length
    x1, y1, x2, y2 = x1 - dy * APART, y1 + dx * APART, x2 - dy * APART, y2 + dx * APART
    first, last = _edge(edge.start, dx, dy), _edge(edge.end, dx, dy)
    x1, y1, x2, y2 = x1 + dx * first, y1 + dy * first, x2 - dx * last, y2 - dy * last
    weight = 1 + min(4, int(4 * sqrt(edge.count / most)))
    canvas.line(x1, y1, x2, y2, f"edge weight-{weight}")
    tip = [(x2, y2), (x2 - 8 * dx - 4 * dy, y2 - 8 * dy + 4 * dx)]
    canvas.path([*tip, (x2 - 8 * dx + 4 * dy, y2 - 8 * dy - 4 * dx)], "arrow", closed=True)
    return (x1, y1), (x2, y2)


def _label(
    canvas: Canvas, edge: Edge, own: Line, lines: Sequence[Line], language: Language
) -> None:
    """What is said of an edge, beside its line and away from that of the other direction: where
    it lies on the fewest other lines, and on no label."""
    (x1, y1), (x2, y2) = own
    length = hypot(x2 - x1, y2 - y1) or 1.0
    dx, dy = (x2 - x1) / length, (y2 - y1) / length
    label = f"{_arrow(dx, dy)} {language.number(edge.count)}×"
    if edge.typical is not None:
        label += f", {language.duration(edge.typical)}"
    wide, high = width(label) / 2, (ABOVE + BELOW) / 2
    away = wide * abs(dy) + high * abs(dx) + APART
    places = []
    for part in ALONG:
        x, y = x1 + part * (x2 - x1) - dy * away, y1 + part * (y2 - y1) + dx * away
        box = Box(x - wide, y - high, x + wide, y + high)
        places.append((sum(_crosses(line, box) for line in lines), x, y))
    for _, x, y in sorted(places, key=lambda place: place[0]):
        if canvas.text(x, y + (ABOVE - BELOW) / 2, label, "label", "middle"):
            return


def _crosses(line: Line, box: Box) -> bool:
    """Whether a line goes through a box."""
    (x1, y1), (x2, y2) = line
    steps = max(1, int(hypot(x2 - x1, y2 - y1) / HALF * 3))
    return any(
        box.left < x1 + n / steps * (x2 - x1) < box.right
        and box.top < y1 + n / steps * (y2 - y1) < box.bottom
        for n in range(steps + 1)
    )


def _arrow(dx: float, dy: float) -> str:
    """The arrow that points nearest to a direction."""
    return ARROWS[round(atan2(dy, dx) / (pi / 4)) % len(ARROWS)]


def _table(edges: Sequence[Edge], language: Language) -> Table:
    rows = [
        (
            Cell(edge.start),
            Cell(edge.end),
            Cell(language.number(edge.count), figure=True),
            Cell(language.duration(edge.typical), figure=True),
        )
        for edge in edges
    ]
    heads = ("from", "to", "times", "typical")
    return Table(tuple(language.say(f"column.{head}") for head in heads), tuple(rows))
