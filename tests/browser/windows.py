"""Windows of the browser: each has its own cookies, and notes what a person at the pages should
never meet: words of its console, requests that fail or go to another host."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    ViewportSize,
    WebError,
)

from application.access.principals import Principal
from entrypoints.http.callers import OWNER
from entrypoints.http.sessions import SESSION_COOKIE
from tests.browser.served import Served
from tests.helpers import PATIENCE

DESK: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
LOCALES = {"en": "en-GB", "fr": "fr-FR"}


@dataclass
class Window:
    """A window at a door."""

    served: Served
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Response:
        """Go to a page of the door."""
        answer = self.page.goto(self.served.origin + path)
        assert answer is not None, path
        return answer

    @property
    def path(self) -> str:
        """Where the window is: a path and its query."""
        return self.page.url.removeprefix(self.served.origin)

    def ask(self, path: str) -> Any:
        """What the API answers whoever sits at the window."""
        answer = self.context.request.get(self.served.origin + path)
        assert answer.ok, f"{path}: {answer.text()}"
        return answer.json()

    def another(self) -> Window:
        """A second window of the same person."""
        return _watched(self.served, self.context)

    def forgive(self, *parts: str) -> None:
        """Take what is complained of for good, where it has one of these parts in it; there has to
        be something of each."""
        for part in parts:
            found = [one for one in self.complaints if part in one]
            assert found, f"nothing of {part!r} in {self.complaints}"
            for one in found:
                self.complaints.remove(one)


def window(
    browser: Browser,
    served: Served,
    language: str = "en",
    *,
    who: Principal | None = OWNER,
    scripts: bool = True,
) -> Window:
    """A window of somebody who has a session already; ``None`` has none."""
    context = browser.new_context(
        locale=LOCALES[language],
        viewport=DESK,
        java_script_enabled=scripts,
        reduced_motion="reduce",
    )
    context.set_default_timeout(1_000 * PATIENCE)
    if who is not None:
        session = served.session(who)
        context.add_cookies([{"name": SESSION_COOKIE, "value": session, "url": served.origin}])
    return _watched(served, context)


def _watched(served: Served, context: BrowserContext) -> Window:
    found = Window(served, context, context.new_page())

    def said(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            found.complaints.append(f"{message.type}: {message.text}")

    def went_wrong(error: WebError) -> None:
        found.complaints.append(f"error: {error.error}")

    def asked(request: Request) -> None:
        if not request.url.startswith((f"{served.origin}/", "data:")):
            found.complaints.append(f"asked of another host: {request.url}")

    def failed(request: Request) -> None:
        if request.failure == "net::ERR_ABORTED":
            return  # who asked has gone on to another page
        found.complaints.append(f"failed: {request.url} {request.failure}")

    context.on("weberror", went_wrong)
    found.page.on("console", said)
    found.page.on("request", asked)
    found.page.on("requestfailed", failed)
    return found
