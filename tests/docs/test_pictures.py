"""The README's pictures: each is there, small, and made by ``tools/pictures.py``."""

from __future__ import annotations

import re

from PIL import Image

from tests.helpers import ROOT
from tools.pictures import FOLDER, HEIGHT, PAGES, WIDTH

SHOWN = re.compile(r"!\[(?P<said>[^\]]*)\]\(docs/pictures/(?P<file>[^)]+)\)")
LARGEST = 300 * 1024


def test_the_readme_shows_the_pictures_that_are_there_and_says_what_they_show() -> None:
    shown = list(SHOWN.finditer((ROOT / "README.md").read_text(encoding="utf-8")))
    assert [one["file"] for one in shown] == [f"{name}.png" for name in PAGES]
    assert sorted(one["file"] for one in shown) == sorted(path.name for path in FOLDER.iterdir())
    assert all(len(one["said"].split()) > 3 for one in shown)


def test_pictures_are_small() -> None:
    for path in FOLDER.iterdir():
        assert path.stat().st_size < LARGEST, path.name
        with Image.open(path) as picture:
            assert (picture.format, picture.mode, picture.size) == ("PNG", "P", (WIDTH, HEIGHT))
