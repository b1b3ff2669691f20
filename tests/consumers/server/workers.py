"""Workers as processes, and what they say."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.consumers.processes import start
from tests.consumers.server.place import Place, write_home
from tests.helpers import PATIENCE, wait_until

#: Short, so that a worker that was killed is soon missed.
SESSION_S = 2.0


class WorkerProcess:
    """One worker. Its log is read as it comes."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        options = ("--session-timeout", str(SESSION_S), "--log-level", "debug", *arguments)
        self.child = start("entrypoints", "worker", "--home", str(folder), *options)
        self.lines: list[str] = []
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self.child.stderr is not None
        for line in iter(self.child.stderr.readline, b""):
            self.lines.append(line.decode())

    @property
    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in list(self.lines)]

    def events(self, event: str) -> list[dict[str, Any]]:
        """The lines about an event."""
        return [line for line in self.log if line["event"] == event]

    def wait_for(
        self, event: str, times: int = 1, seconds: float = PATIENCE
    ) -> list[dict[str, Any]]:
        def there() -> bool:
            ended = self.child.poll() is not None and not self._listener.is_alive()
            assert not ended or len(self.events(event)) >= times, "".join(self.lines)
            return len(self.events(event)) >= times

        wait_until(there, seconds)
        return self.events(event)

    def partitions(self) -> set[int]:
        """What the group gave it and did not take again."""
        held: set[int] = set()
        for line in self.log:
            if line["event"] == "assigned":
                held |= set(line["partitions"])
            elif line["event"] in {"revoked", "partitions lost"}:
                held -= set(line["partitions"])
        return held

    def signal(self, number: int) -> None:
        self.child.send_signal(number)

    def ended(self, seconds: float = PATIENCE) -> int:
        """The exit status of a worker that ends by itself or was told to."""
        status = self.child.wait(seconds)
        self._listener.join(PATIENCE)
        return status

    def stop(self) -> None:
        """Told to stop, it stops; what it says is JSON to the last line."""
        self.signal(signal.SIGTERM)
        assert self.ended(PATIENCE) == 0, "".join(self.lines)
        assert self.log[-1]["event"] == "stopped"

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        self.ended()

    def close(self) -> None:
        if self.child.poll() is None:
            self.signal(signal.SIGCONT)
            self.kill()
        for stream in (self.child.stdout, self.child.stderr):
            assert stream is not None
            stream.close()


@contextmanager
def worker(place: Place, folder: Path, *arguments: str) -> Iterator[WorkerProcess]:
    """A worker that runs for a block, or until it is stopped in it."""
    write_home(folder, place)
    process = WorkerProcess(folder, *arguments)
    try:
        yield process
    except BaseException as error:
        error.add_note("the worker said:\n" + "".join(process.lines[-40:]))
        raise
    finally:
        process.close()


def command(place: Place, folder: Path, *arguments: str) -> tuple[int, Any, str]:
    """One of the commands for what was set aside: its status, answer and complaint."""
    write_home(folder, place)
    child = start(
        "entrypoints",
        arguments[0],
        *arguments[1:],
        *("--json", "--home", str(folder)),
        stdin=subprocess.DEVNULL,
    )
    out, err = child.communicate(timeout=PATIENCE)
    return child.returncode, json.loads(out) if out else None, err.decode()
