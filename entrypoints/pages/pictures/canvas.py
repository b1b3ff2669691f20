"""What pictures are drawn on: SVG marks and labels, by classes that the stylesheet colours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from math import isfinite
from typing import Literal, NamedTuple

from entrypoints.pages.pictures.glyphs import ABOVE, BELOW, fitted, width
from entrypoints.terminal.format import plain

#: The width of a picture in units of its view box; its height is its own.
WIDTH = 640.0

Anchor = Literal["start", "middle", "end"]


class Cell(NamedTuple):
    """A cell of a table: its text, whether it is a figure, and where it leads."""

    text: str
    figure: bool = False
    href: str | None = None


@dataclass(frozen=True)
class Table:
    """The numbers of a picture, for those who read rather than look."""

    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Picture:
    """A drawing, or None with a sentence (``says``) where there is nothing to draw; what a drawing
    ``says`` is its title. ``notes`` are sentences that belong under it."""

    svg: str | None
    says: str
    table: Table
    notes: tuple[str, ...] = ()


class Box(NamedTuple):
    """A rectangle of the view box, by its edges."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Whether two rectangles have a point within in common."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


class Canvas:
    """A drawing of a given height. Marks may be given a ``tip``, which a pointer that rests on
    them shows, and an address that they lead to (``href``)."""

    def __init__(self, height: float, width: float = WIDTH) -> None:
        self.width, self.height = width, height
        self._marks: list[str] = []
        self._labels: list[str] = []
        self._taken: list[Box] = []
        self._leads = False

    def line(self, x1: float, y1: float, x2: float, y2: float, kind: str) -> None:
        """A straight line."""
        at = f'x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}"'
        self._mark("line", at, kind, "")

    def rect(self, box: Box, kind: str, tip: str = "", href: str | None = None) -> None:
        """A rectangle, at least so thin that it can be seen."""
        wide, high = max(0.5, box.right - box.left), max(0.5, box.bottom - box.top)
        left, top = min(box.left, self.width - wide), min(box.top, self.height - high)
        at = f'x="{_n(left)}" y="{_n(top)}" width="{_n(wide)}" height="{_n(high)}"'
        self._mark("rect", at, kind, tip, href)

    def circle(
        self, x: float, y: float, radius: float, kind: str, tip: str = "", href: str | None = None
    ) -> None:
        """A dot."""
        self._mark("circle", f'cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}"', kind, tip, href)

    def path(
        self, points: Iterable[tuple[float, float]], kind: str, *, closed: bool = False
    ) -> None:
        """A line through points, or the surface within it; nothing where there are none."""
        found = " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
        if found:
            self._mark("polygon" if closed else "polyline", f'points="{found}"', kind, "")

    def text(
        self, x: float, y: float, text: str, kind: str = "label", anchor: Anchor = "start"
    ) -> bool:
        """A label on the line at ``y``, moved and cut so that it lies within the picture. One that
        would lie on another is left out, and False: the table has what it says."""
        text = fitted(plain(text), self.width)
        if not text:
            return False
        wide = width(text)
        left = x - wide * {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor]
        left = min(max(0.0, left), self.width - wide)
        base = min(max(ABOVE, y), self.height - BELOW)
        box = Box(left, base - ABOVE, left + wide, base + BELOW)
        if any(box.meets(other) for other in self._taken):
            return False
        self._taken.append(box)
        at = f'x="{_n(left)}" y="{_n(base)}" class="{kind}"'
        self._labels.append(f"<text {at}>{escape(text)}</text>")
        return True

    def keep_free(self, box: Box) -> None:
        """No label may come to lie here."""
        self._taken.append(box)

    def svg(self, name: str, title: str, desc: str) -> str:
        """The drawing under a name that no other on its page has. ``title`` says in words what it
        shows, ``desc`` how it is to be read. One that leads anywhere is a group, since what is in
        an image can't be gone to."""
        said = f"{_tag('title', name, title)}{_tag('desc', name, desc)}"
        role = "group" if self._leads else "img"
        head = (
            f'<svg class="picture" role="{role}" viewBox="0 0 {_n(self.width)} {_n(self.height)}"'
            f' font-size="12" aria-labelledby="{name}-title" aria-describedby="{name}-desc"'
            f' xmlns="http://www.w3.org/2000/svg">{said}'
        )
        return head + "".join([*self._marks, *self._labels]) + "</svg>"

    def _mark(self, tag: str, at: str, kind: str, tip: str, href: str | None = None) -> None:
        said = escape(plain(tip))
        inner = f"<title>{said}</title>" if tip else ""
        mark = f'<{tag} {at} class="{kind}">{inner}</{tag}>'
        if href:
            self._leads = True
            # The table has the same links, one a line: by keys one goes through those.
            mark = f'<a href="{escape(href)}" aria-label="{said}" tabindex="-1">{mark}</a>'
        self._marks.append(mark)


def _tag(tag: str, name: str, text: str) -> str:
    return f'<{tag} id="{name}-{tag}">{escape(plain(text))}</{tag}>'


def _n(value: float) -> str:
    """A coordinate with at most two places. Raises ValueError for one that is no number."""
    if not isfinite(value):
        raise ValueError(f"expected a place in a picture, saw {value}")
    return f"{value:.2f}".rstrip("0").rstrip(".") or "0"


def widest(texts: Sequence[str], most: float = WIDTH) -> float:
    """The width of the widest of some labels, but at most so much."""
    return min(most, max((width(text) for text in texts), default=0.0))
