"""``./pledger demo`` on a terminal: it ends with an address, and serves its home until Ctrl-C."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import socket
import subprocess
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2
import pytest

from entrypoints.cli.serve import PORT
from tests.demo.made import demo
from tests.entrypoints.children import start
from tests.helpers import PATIENCE, run

pytestmark = pytest.mark.xdist_group("demo")

OPTIONS = ["demo", "--customers", "60"]
TICKET = r"for a browser, once, within 15 minutes: (http://127\.0\.0\.1:(\d+)/login\S+)\r\n"
PAGE = r"^ +(http://127\.0\.0\.1:\d+/\S*)\r?$"


class Terminal:
    """A terminal with a command on it, and all that it has shown."""

    def __init__(self, process: subprocess.Popen[bytes], screen: int) -> None:
        self.process = process
        self._screen = screen
        self.shown = ""

    def wait_for(self, pattern: str) -> re.Match[str]:
        """What the pattern finds, once it is shown."""
        deadline = time.monotonic() + PATIENCE
        while (found := re.search(pattern, self.shown)) is None:
            assert self._read(deadline), f"{pattern} never came:\n{self.shown}"
        return found

    def type(self, key: bytes) -> None:
        """Somebody types a key."""
        os.write(self._screen, key)

    def end(self) -> int:
        """The exit status, once all was shown."""
        deadline = time.monotonic() + PATIENCE
        while self._read(deadline):
            pass
        return self.process.wait(PATIENCE)

    def _read(self, deadline: float) -> bool:
        """Whether there may be more to read."""
        ready, _, _ = select.select([self._screen], [], [], max(0, deadline - time.monotonic()))
        read = b""
        with suppress(OSError):  # nobody has the terminal open any more
            read = os.read(self._screen, 65_536) if ready else b""
        self.shown += read.decode()
        return bool(read)


@contextmanager
def on_terminal(*argv: str | Path) -> Iterator[Terminal]:
    """A command on a terminal of its own."""
    screen, own = pty.openpty()

    def take() -> None:  # so that Ctrl-C is for it
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    streams = {"stdin": own, "stdout": own, "stderr": own}
    process = start(argv, start_new_session=True, preexec_fn=take, **streams)
    os.close(own)
    try:
        yield Terminal(process, screen)
    finally:
        process.kill()
        process.wait()
        os.close(screen)


def bare(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_on_a_terminal_it_serves_until_ctrl_c(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with on_terminal(*OPTIONS, "--home", home) as terminal:
        ticket, _ = terminal.wait_for(TICKET).groups()
        pages = re.findall(PAGE, bare(terminal.shown), re.MULTILINE)
        with httpx2.Client(timeout=PATIENCE) as browser:
            entered = browser.get(ticket)
            origin = ticket.partition("/login")[0]
            assert f"{origin}{entered.headers['location']}" == pages[0]
            for page in pages:
                told = browser.get(page, headers={"Accept": "text/html"})
                assert told.status_code == 200, page
                assert told.headers["content-type"].startswith("text/html")
            assert "PAYMENT-LOST" in browser.get(next(p for p in pages if "/suspense" in p)).text
        assert len(pages) > 6
        terminal.type(b"\x03")
        assert terminal.end() == 0
        after = terminal.shown.partition(ticket)[2]
        assert re.fullmatch(r"[\r\n^C]*", after), after
    # What it left in the folder is the demo's own.
    assert demo(home, "--fresh", "--customers", "60")["reused"] is False


def test_where_its_port_is_taken_it_serves_on_another(tmp_path: Path) -> None:
    with socket.socket() as taken:
        with suppress(OSError):  # or somebody else has it
            taken.bind(("127.0.0.1", PORT))
            taken.listen()
        with on_terminal(*OPTIONS, "--home", tmp_path / "home") as terminal:
            _, port = terminal.wait_for(TICKET).groups()
            assert int(port) != PORT
            terminal.type(b"\x03")
            assert terminal.end() == 0


def test_on_a_terminal_json_alone_ends_by_itself(tmp_path: Path) -> None:
    with on_terminal(*OPTIONS, "--json", "--home", tmp_path / "home") as terminal:
        assert terminal.end() == 0
        found = json.loads(terminal.shown[terminal.shown.index('{"home"') :])
        assert found["customers"] == 60


def test_in_a_script_it_ends_by_itself_and_says_how_to_look(tmp_path: Path) -> None:
    outcome = run(tmp_path, OPTIONS)
    assert (outcome.code, outcome.err) == (0, "")
    assert f"$ ./pledger serve --home {tmp_path}" in outcome.out.replace(" \\\n     ", "")
    pages = re.findall(PAGE, outcome.out, re.MULTILINE)
    assert pages[0].startswith(f"http://127.0.0.1:{PORT}/?as_of=20")
    assert "pk_" not in outcome.out
    assert not (tmp_path / "access.sqlite").exists()
