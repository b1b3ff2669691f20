"""Every document is run, and its links lead somewhere."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from tests.docs.console import Command, File, matches, steps
from tests.docs.data import place_data
from tests.docs.demo import COMMAND, HOME, place_demo, wants_demo
from tests.docs.servers import Names, names_for
from tests.helpers import ROOT

DOCUMENTS = sorted(
    path
    for pattern in ("README.md", "docs/**/*.md", "mappings/**/*.md")
    for path in ROOT.glob(pattern)
)
#: How long one command may take before it counts as hanging.
PATIENCE = 300

#: Names the folder of a document in the environment of all that it starts.
MARK = "PLEDGER_DOCUMENT"

LINK = re.compile(r"\]\((?!\w+:)([^)\s]+)\)")
EXPORT = re.compile(r"export (?P<name>\w+)=(?P<value>[\w./-]+)")
HEADING = re.compile(r"^#+ +(.+?) *#*$", re.MULTILINE)


def grouped(path: Path) -> pytest.MarkDecorator | tuple[()]:
    """Documents about the demo are run by one process, so that it is made once."""
    wanted = wants_demo(path.read_text(encoding="utf-8"))
    return pytest.mark.xdist_group("documents-demo") if wanted else ()


documents = pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=path.relative_to(ROOT).as_posix(), marks=grouped(path))
        for path in DOCUMENTS
    ],
)


def sandbox(folder: Path) -> dict[str, str]:
    """Makes the folder that a document is run in; returns the environment of its commands."""
    folder.mkdir()
    for name in ("pledger", ".venv"):
        (folder / name).symlink_to(ROOT / name)
    for name in ("docs", "mappings", "policies"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name)
    kept = {name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ}
    return kept | {
        "COLUMNS": "100",
        "LANG": "C.UTF-8",
        "NO_COLOR": "1",
        MARK: str(folder),
        "TERM": "dumb",
        "TZ": "UTC",
    }


def carry_out(
    command: Command, folder: Path, environment: dict[str, str], names: Names
) -> str | None:
    """Runs one command; what is wrong with it, if anything. Keeps what it exports."""
    if exported := EXPORT.fullmatch(command.text):
        environment[exported["name"]] = exported["value"]
        return None
    done = subprocess.run(
        ["sh", "-c", names.real(command.text)],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=PATIENCE,
        check=False,
    )
    printed = names.shown(done.stdout.decode(errors="replace")).splitlines()
    while printed and not printed[-1].strip():
        printed.pop()
    shown = matches(command.shown, printed, numbers_vary=command.numbers_vary)
    if shown and done.returncode == command.status:
        return None
    return "\n".join(
        (
            f"line {command.line}: $ {command.text}",
            f"expected (exit status {command.status}):",
            *(f"  {line}" for line in command.shown),
            f"saw (exit status {done.returncode}):",
            *(f"  {line}" for line in printed),
        )
    )


def save(file: File, folder: Path, names: Names) -> None:
    target = (folder / file.name).resolve()
    if not target.is_relative_to(folder.resolve()):
        pytest.fail(f"line {file.line}: {file.name} is outside the folder of the document")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(names.real(file.content), encoding="utf-8")


def end_what_is_left(environment: dict[str, str]) -> None:
    """Kills what a document has started and left running, such as workers: they are known by the
    folder in their environment, which no other process has."""
    mark = f"{MARK}={environment[MARK]}".encode()
    for place in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if mark in place.read_bytes().split(b"\0"):
                os.kill(int(place.parent.name), signal.SIGKILL)


def anchors(path: Path) -> set[str]:
    """The anchors that a forge makes of a document's headings."""
    headings = HEADING.findall(path.read_text(encoding="utf-8"))
    words = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {text.replace(" ", "-") for text in words}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of the demo that documents share."""
    folder = tmp_path_factory.mktemp("demo") / "checkout"
    environment = sandbox(folder)
    subprocess.run(
        COMMAND.split(),
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,  # on a terminal it would not end by itself
        timeout=PATIENCE,
        check=True,
    )
    return folder / HOME


@documents
def test_a_document_shows_what_happens(
    path: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    folder = tmp_path / "checkout"
    environment = sandbox(folder)
    document = path.read_text(encoding="utf-8")
    place_demo(document, folder, request)
    place_data(document, folder)
    wrong = []
    with names_for(document, request) as names:
        try:
            for step in steps(document):
                if isinstance(step, File):
                    save(step, folder, names)
                elif problem := carry_out(step, folder, environment, names):
                    wrong.append(problem)
        finally:
            end_what_is_left(environment)
    if wrong:
        pytest.fail("\n\n".join((path.relative_to(ROOT).as_posix(), *wrong)), pytrace=False)


@documents
def test_links_lead_somewhere(path: Path) -> None:
    wrong = []
    for link in LINK.findall(path.read_text(encoding="utf-8")):
        file, _, anchor = link.partition("#")
        target = path.parent / file if file else path
        if not target.exists():
            wrong.append(f"{link}: there is no such file")
        elif anchor and target.suffix == ".md" and anchor not in anchors(target):
            wrong.append(f"{link}: there is no such heading")
    assert not wrong, f"{path.relative_to(ROOT)}: {wrong}"
