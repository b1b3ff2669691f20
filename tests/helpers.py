"""What many tests need: the command line as a function, the shared folder, waiting."""

from __future__ import annotations

import io
import json
import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import pytest

ROOT = Path(__file__).resolve().parent.parent

#: Scenarios and data sets that are not part of the project and may not be there.
SHARED = ROOT.parent / "shared"


class Outcome(NamedTuple):
    """What a command left: its exit status and all that it wrote."""

    code: int
    out: str
    err: str


def run(home: Path | None, argv: Sequence[str], stdin: bytes = b"") -> Outcome:
    """Runs one command through the command line's own function, with ``--home`` where given."""
    from entrypoints.cli.main import main

    options = [] if home is None else ["--home", str(home)]
    out, err = io.StringIO(), io.StringIO()
    code = main([*argv, *options], io.BytesIO(stdin), out, err)
    return Outcome(code, out.getvalue(), err.getvalue())


def ask(home: Path, argv: Sequence[str], stdin: bytes = b"") -> dict[str, Any]:
    """The answer to a command that must succeed, read back from its JSON."""
    outcome = run(home, [*argv, "--json"], stdin)
    command = " ".join(argv)
    assert outcome.code == 0, f"{command}: exit status {outcome.code}\n{outcome.err}"
    answer = json.loads(outcome.out)
    assert isinstance(answer, dict), f"{command}: expected one object, saw {outcome.out[:200]!r}"
    return answer


def ask_lines(home: Path, argv: Sequence[str]) -> list[dict[str, Any]]:
    """The answer to a command that prints one JSON object a line."""
    outcome = run(home, [*argv, "--json"])
    assert outcome.code == 0, f"{' '.join(argv)}: exit status {outcome.code}\n{outcome.err}"
    return [json.loads(line) for line in outcome.out.splitlines()]


def ask_pages(home: Path, argv: Sequence[str], name: str, limit: int = 5000) -> list[Any]:
    """All elements of a list that is answered in pages, as ``commitments`` and ``journeys`` are."""
    elements: list[Any] = []
    cursor: list[str] = []
    while True:
        page = ask(home, [*argv, "--limit", str(limit), *cursor])
        elements.extend(page[name])
        if page["next"] is None:
            return elements
        cursor = ["--after", page["next"]]


def emit(home: Path, facts: Sequence[Mapping[str, object]]) -> dict[str, Any]:
    """Emits facts in one file; all of them must be accepted or known already."""
    answer = ask(home, ["emit", "-"], lines_of(facts))
    assert answer["rejected"] == [], f"emit rejected: {answer['rejected']}"
    return answer


def lines_of(facts: Sequence[Mapping[str, object]]) -> bytes:
    """Facts as ``emit`` reads them."""
    return "".join(json.dumps(fact, ensure_ascii=False) + "\n" for fact in facts).encode()


def shared(*parts: str) -> Path:
    """A file or folder of the shared material; the test is skipped where it is not there."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"{'/'.join(('../shared', *parts))} is not beside the project")
    return path


def skip_or_fail(reason: str) -> NoReturn:
    """For a test whose server is not running: skipped by hand, failed where servers are required
    (``PLEDGER_REQUIRE_SERVERS=1``, set in continuous integration), so that nothing goes untested
    without anybody seeing it."""
    if os.environ.get("PLEDGER_REQUIRE_SERVERS") == "1":
        pytest.fail(f"PLEDGER_REQUIRE_SERVERS is set, and {reason}", pytrace=False)
    pytest.skip(reason)


BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def browser_path() -> str | None:
    """Where the browser of this machine is, if there is one."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def installed_browser() -> str:
    """The same; the test is skipped, or fails, where there is none."""
    return browser_path() or skip_or_fail(f"no browser is installed: one of {', '.join(BROWSERS)}")


#: How many seconds a test waits for what has to come. A broker on a busy machine takes a minute now
#: and then for what it does in a moment otherwise; what never comes is told a little later.
PATIENCE = 120.0


def wait_until(condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Returns as soon as the condition holds; fails the test if it does not within the time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s for {condition} in vain"
        time.sleep(0.005)
