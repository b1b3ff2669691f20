"""A server as a process: started, waited for, paused, stopped, killed; and its folder and ports."""

from __future__ import annotations

import fcntl
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.helpers import PATIENCE, wait_until

LAUNCH = Path(__file__).with_name("launch.py")
PREFIX = "pledger-servers-"


class ServerFailed(Exception):
    """It ended by itself or did not answer in time; the text has the end of its log."""


def free_ports(count: int) -> list[int]:
    """Ports of the loopback interface that nobody listens on, below those that the system hands
    out by itself: a server that is away must find its port free when it comes back, and a client
    that knocks in the meantime must not be connected to itself."""
    chance = random.SystemRandom()
    found: list[int] = []
    while len(found) < count:
        port = chance.randrange(12_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            if port not in found:
                found.append(port)
    return found


def sweep() -> None:
    """Removes the folders of runs that were killed: those whose lock nobody holds any more."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError), (folder / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def server_folder(user: str | None = None) -> Iterator[Path]:
    """A folder for one server, gone afterwards. Not pytest's own, which another user may not
    enter and whose name is too long for a socket."""
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    try:
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if user is not None:
                account = pwd.getpwnam(user)
                os.chown(folder, account.pw_uid, account.pw_gid)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def children_of(process: int) -> list[int]:
    """The processes that a process has started, theirs included."""
    found: list[int] = []
    for tasks in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, tasks.read_text().split()):
                found += [child, *children_of(child)]
    return found


def alive(process: int) -> bool:
    """Whether it still runs; one that waits to be buried does not."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def within(seconds: float, condition: Callable[[], bool]) -> bool:
    """Waits; whether the condition came to hold in time. What it raises is raised."""
    try:
        wait_until(condition, seconds)
    except AssertionError:
        return False
    return True


class ServerProcess:
    """One command that is a server, its output in a log file."""

    def __init__(self, name: str, log: Path, user: str | None = None) -> None:
        self.name = name
        self.log = log
        self.user = user
        self._process: subprocess.Popen[bytes] | None = None
        self._paused: list[int] = []

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def status(self) -> int | None:
        """The exit status of one that has ended."""
        return None if self._process is None else self._process.poll()

    @property
    def pid(self) -> int:
        assert self._process is not None, f"{self.name} was not started"
        return self._process.pid

    def launch(self, command: Sequence[str | Path]) -> None:
        """Starts it, without waiting for anything."""
        assert not self.running, f"{self.name} runs already"
        before = [sys.executable, "-I", "-S", str(LAUNCH), str(os.getpid()), self.user or "-"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*before, *map(str, command)],
                cwd=self.log.parent,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for the tests, which then stop it in order
            )

    def wait_until(self, ready: Callable[[], bool], seconds: float = PATIENCE) -> None:
        """Returns when it is ready. Raises `ServerFailed` where it ends or takes longer."""

        def up() -> bool:
            if not self.running:
                raise ServerFailed(f"{self.name} ended by itself.\n{self.tail()}")
            return ready()

        if not within(seconds, up):
            raise ServerFailed(f"{self.name} did not answer in {seconds} s.\n{self.tail()}")

    def tail(self, size: int = 4000) -> str:
        """The end of its log."""
        with suppress(OSError):
            return f"{self.log}:\n{self.log.read_bytes()[-size:].decode(errors='replace')}"
        return f"{self.log} can't be read."

    def stop(self, how: signal.Signals, seconds: float = PATIENCE) -> None:
        """Tells it to stop and waits; one that does not is killed, and that is a failure."""
        if not self.running:
            return
        self.resume()
        family = children_of(self.pid)
        self._signal(self.pid, how)
        if not self._gone([self.pid, *family], seconds):
            told = self.tail()
            self.kill()
            raise ServerFailed(f"{self.name} did not stop on {how.name} in {seconds} s.\n{told}")

    def kill(self) -> None:
        """SIGKILL to it and to all that it has started, and waits until they are gone."""
        if not self.running:
            return
        family = [self.pid, *children_of(self.pid)]
        for process in family:
            self._signal(process, signal.SIGKILL)
        self._paused.clear()
        assert self._gone(family, PATIENCE), f"{self.name} outlives SIGKILL"

    def pause(self) -> None:
        """Nothing of it runs until `resume`: to others it looks like a machine that hangs."""
        self._paused = [self.pid, *children_of(self.pid)]
        for process in self._paused:
            self._signal(process, signal.SIGSTOP)

    def resume(self) -> None:
        """It goes on where it was."""
        for process in self._paused:
            self._signal(process, signal.SIGCONT)
        self._paused.clear()

    @staticmethod
    def _signal(process: int, what: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(process, what)

    def _gone(self, processes: Sequence[int], seconds: float) -> bool:
        """Waits; whether all are gone in time. Ours is buried on the way."""
        return within(seconds, lambda: not (self.running or any(map(alive, processes))))
