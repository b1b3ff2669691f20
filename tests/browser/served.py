"""A home that is served as ``./pledger serve`` does it, by a thread of the tests' own and by a
clock that a test can move; and the demo's."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO, StringIO
from pathlib import Path

import uvicorn

from application.access.principals import Principal
from application.embedded_home import EmbeddedHome
from application.home import silent
from application.home_factory import open_serving_home
from consumers.runtime import Runtime
from entrypoints.cli.command import Context
from entrypoints.cli.demo import build
from entrypoints.cli.demo.folder import Demo
from entrypoints.http.app import application
from entrypoints.http.callers import OWNER, Access, access_to
from entrypoints.http.door import Door
from entrypoints.http.limits import USUAL
from entrypoints.http.serving import Place, listening
from simulator.simulation import EDITION, END, SEED, SMALL
from tests.access.given import Clock
from tests.helpers import PATIENCE


class Ticking(Clock):
    """A clock that goes on a little each time that somebody looks at it, and no further: nothing
    happens at the same instant as something else, and a page does not age while it is read."""

    def __call__(self) -> datetime:
        """The time now."""
        self.move(milliseconds=1)
        return self.at


@dataclass(frozen=True)
class Served:
    """A home behind a door: its folder, the beginning of its addresses, who may come, and the clock
    of all of it."""

    folder: Path
    origin: str
    access: Access
    clock: Clock

    def ticket(self) -> str:
        """The address by which a person comes in, once."""
        return f"{self.origin}/login?ticket={self.access.sessions.ticket(OWNER)}"

    def session(self, who: Principal = OWNER) -> str:
        """A session of somebody, as a browser keeps it."""
        return self.access.sessions.begin(who)


@contextmanager
def served(folder: Path, clock: Clock) -> Iterator[Served]:
    """A home, served on a port of this machine as long as the block lasts."""
    place = Place("127.0.0.1", 0)
    home = open_serving_home(folder, _runtime(clock), {}, lambda sentence: None)
    with (
        closing(home),
        listening(place, clock()) as opened,
        access_to(
            home,
            clock=clock,
            monotonic=time.monotonic,
            chance=secrets.token_bytes,
            environment={},
        ) as access,
    ):
        with home.asking(silent):
            pass  # as it serves: whoever asks first need not wait for what was emitted before
        # No test is about how long an answer takes.
        limits = replace(USUAL, request_s=PATIENCE)
        door = application(Door(home, clock, access, limits, access=access))
        settings = uvicorn.Config(
            door, ws="none", lifespan="on", log_config=None, timeout_graceful_shutdown=5
        )
        server = uvicorn.Server(settings)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [opened]})
        thread.start()
        try:
            yield Served(folder, place.origin(opened.getsockname()[1]), access, clock)
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def served_demo(folder: Path) -> Iterator[Served]:
    """The small demo in a folder that is not there yet, on the day on which its story ends."""
    clock = Ticking(END)
    runtime = _runtime(clock)
    context = Context(BytesIO(), StringIO(), StringIO(), END, runtime, {})
    home = EmbeddedHome(folder, runtime, context.note)
    build.make(home, Demo(EDITION, SEED, SMALL), False, context, lambda stage: None)
    with served(folder, clock) as door:
        yield door


def _runtime(clock: Clock) -> Runtime:
    return Runtime(clock, time.monotonic, lambda: 0.5, threading.Event().wait)
