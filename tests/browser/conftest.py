"""One browser and one served demo for all of these tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.served import Served, served_demo
from tests.browser.windows import Window, window
from tests.helpers import PATIENCE, installed_browser

#: Opens a window, as ``tests.browser.windows.window`` does.
Opening = Callable[..., Window]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The browser of this machine."""
    path = installed_browser()
    expect.set_options(timeout=1_000 * PATIENCE)
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="package")
def demo(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The small demo, on the day on which its story ends."""
    with served_demo(tmp_path_factory.mktemp("demo") / "home") as door:
        yield door


@pytest.fixture
def opening(browser: Browser, demo: Served) -> Iterator[Opening]:
    """Opens windows at the demo, and in the end holds them to what they complained of."""
    opened: list[Window] = []

    def open_window(language: str = "en", *, at: Served = demo, **more: Any) -> Window:
        opened.append(window(browser, at, language, **more))
        return opened[-1]

    yield open_window
    for one in opened:
        one.context.close()
    assert not [complaint for one in opened for complaint in one.complaints]


@pytest.fixture
def looking(opening: Opening) -> Window:
    """A window of somebody who may everything, in English."""
    return opening()
