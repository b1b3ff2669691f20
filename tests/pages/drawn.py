"""What a picture has drawn, read back from its SVG."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree as ET

from entrypoints.pages.pictures.canvas import Box, Picture
from entrypoints.pages.pictures.glyphs import ABOVE, BELOW, width

SVG = "{http://www.w3.org/2000/svg}"


def tree(svg: str) -> ET.Element:
    """The drawing, which is well-formed XML."""
    return ET.fromstring(svg)


def labels(root: ET.Element) -> list[tuple[str, Box]]:
    """Each label with what it takes."""
    found = []
    for text in root.iter(f"{SVG}text"):
        x, y = float(text.attrib["x"]), float(text.attrib["y"])
        said = text.text or ""
        found.append((said, Box(x, y - ABOVE, x + width(said), y + BELOW)))
    return found


def points(root: ET.Element) -> Iterator[tuple[float, float]]:
    """Every place that a mark reaches."""
    for mark in root.iter():
        at = {name: value for name, value in mark.attrib.items() if name != "class"}
        match mark.tag.removeprefix(SVG):
            case "line":
                yield float(at["x1"]), float(at["y1"])
                yield float(at["x2"]), float(at["y2"])
            case "rect":
                x, y = float(at["x"]), float(at["y"])
                yield x, y
                yield x + float(at["width"]), y + float(at["height"])
            case "circle":
                x, y, r = float(at["cx"]), float(at["cy"]), float(at["r"])
                yield x - r, y - r
                yield x + r, y + r
            case "polyline" | "polygon":
                for pair in at["points"].split():
                    x, y = map(float, pair.split(","))
                    yield x, y


def expect_sound(svg: str) -> None:
    """That a drawing is well-formed, has a title and a description, lies within its view box,
    styles nothing inline, and has no label on another; that it is a group if anything in it leads
    anywhere, and that this says where."""
    root = tree(svg)
    assert "style" not in svg
    assert "nan" not in svg.lower().split("<title")[0]
    _, _, wide, high = map(float, root.attrib["viewBox"].split())
    links = list(root.iter(f"{SVG}a"))
    assert root.attrib["role"] == ("group" if links else "img")
    assert all(link.attrib["href"] and link.attrib["aria-label"] for link in links)
    assert root[0].tag == f"{SVG}title"
    assert root[1].tag == f"{SVG}desc"
    assert root[0].text
    assert root[1].text
    named = {root.attrib["aria-labelledby"], root.attrib["aria-describedby"]}
    assert named == {root[0].attrib["id"], root[1].attrib["id"]}
    for x, y in points(root):
        assert -0.01 <= x <= wide + 0.01
        assert -0.01 <= y <= high + 0.01
    # Coordinates have two places.
    boxes = [
        (text, Box(box.left + 0.02, box.top + 0.02, box.right - 0.02, box.bottom - 0.02))
        for text, box in labels(root)
    ]
    for n, (text, box) in enumerate(boxes):
        assert box.left >= -0.01
        assert box.right <= wide + 0.01
        assert box.top >= -0.01
        assert box.bottom <= high + 0.01
        for other, its in boxes[n + 1 :]:
            assert not box.meets(its), f"{text!r} lies on {other!r}"


def expect_picture(picture: Picture) -> None:
    """That a picture is sound, or else says why there is none; and that its table is even."""
    assert picture.says
    if picture.svg is not None:
        expect_sound(picture.svg)
    for row in picture.table.rows:
        assert len(row) == len(picture.table.head)
