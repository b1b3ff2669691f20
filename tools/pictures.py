"""Makes the pictures of the pages that the README shows, of the small demo on the day on which its
story ends. Run in the checkout, once ``./pledger test`` has brought the tools; it needs Chromium:

    .venv/bin/python -m tools.pictures
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests.browser.served import served_demo
from tests.browser.windows import window
from tests.helpers import browser_path

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"
#: The pages, by the names of their pictures.
PAGES = {"our-word": "/", "today": "/today", "rosebush": "/commitments/ROSEBUSH"}
#: What is seen of each, in pixels.
WIDTH, HEIGHT = 1200, 900
#: A page has few colours: with a palette its picture is a third as large.
COLOURS = 256


def main() -> int:
    """0 once all pictures are made, 1 where there is no browser to make them with."""
    path = browser_path()
    if path is None:
        sys.stderr.write("expected Chromium or Chrome, saw neither: install one of them\n")
        return 1
    FOLDER.mkdir(exist_ok=True)
    with (
        TemporaryDirectory() as folder,
        served_demo(Path(folder) / "home") as door,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        looking = window(browser, door)
        looking.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
        for name, address in PAGES.items():
            looking.open(address)
            (FOLDER / f"{name}.png").write_bytes(taken(looking.page))
        browser.close()
    return 0


def taken(page: Page) -> bytes:
    """What is seen of a page, as a PNG with a palette."""
    seen = Image.open(BytesIO(page.screenshot()))
    small = BytesIO()
    seen.convert("RGB").quantize(COLOURS).save(small, "PNG", optimize=True)
    return small.getvalue()


if __name__ == "__main__":
    sys.exit(main())
