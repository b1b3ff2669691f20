"""Makes ``.venv`` from the pinned requirements. Run by the launcher with any Python 3.11 or newer,
before anything is installed, so it uses the standard library only.

    python tools/environment.py ROOT requirements.txt [requirements-test.txt]

A list counts as installed when ``.venv`` holds an equal copy of it. The copy is written after
everything else, so an interrupted run leaves an environment that is made again, never one that
looks done. Two runs at once take turns; the second finds the work done.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


class Impossible(Exception):
    """The environment can't be made: what was expected, what was seen, and what to do."""


def say(text: str) -> None:
    """One line for the person who waits, away from standard output."""
    sys.stderr.write(f"pledger: {text}\n")
    sys.stderr.flush()


def interpreter(root: Path) -> Path:
    """The environment's own Python."""
    return root / ".venv" / "bin" / "python"


def installed(root: Path, name: str) -> bool:
    """Whether the list ``name`` is installed as it stands now."""
    copy = root / ".venv" / name
    return copy.is_file() and copy.read_bytes() == (root / name).read_bytes()


@contextmanager
def turn(root: Path) -> Iterator[None]:
    """Holds ``.venv.lock``. The system lets go of it when this process ends, however it ends."""
    with (root / ".venv.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another run is making the environment; waiting for it …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def create(root: Path) -> None:
    """An empty environment, whatever was there before."""
    folder = root / ".venv"
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
    elif folder.exists():
        # The copies go first: a removal that stops half-way must not look like an environment.
        for copy in folder.glob("requirements*.txt"):
            copy.unlink()
        shutil.rmtree(folder)
    try:
        venv.create(folder, with_pip=True, symlinks=True)
    except subprocess.CalledProcessError:
        raise Impossible(
            "expected a Python that can make environments, saw that its venv and ensurepip modules"
            f" do not work ({sys.executable}). On Debian, install the package python3-venv; or name"
            " another Python with PLEDGER_PYTHON."
        ) from None


def install(root: Path, name: str) -> None:
    """Installs exactly what the list names: a package that it forgot is missing, not guessed.
    The copy appears under its name in one step, after pip is done."""
    done = subprocess.run(
        [
            *(interpreter(root), "-I", "-m", "pip", "install", "--quiet", "--no-input"),
            *("--disable-pip-version-check", "--no-deps", "--requirement", root / name),
        ],
        check=False,
    )
    if done.returncode:
        raise Impossible(
            f"expected the packages of {name} from pip's package index, saw that pip did not get"
            " them (its reason is above). The first run needs a network, or an index in reach: name"
            " it with PIP_INDEX_URL, a folder of wheels with PIP_FIND_LINKS and PIP_NO_INDEX=1, a"
            " proxy with HTTPS_PROXY. Then run it again; afterwards nothing is downloaded."
        )
    copy = root / ".venv" / name
    draft = copy.with_suffix(".part")
    shutil.copyfile(root / name, draft)
    draft.replace(copy)


def ensure(root: Path, names: Sequence[str]) -> None:
    """Brings the environment to hold the lists ``names``, the first of them being the one that the
    product runs on: when it has changed, the environment is made from nothing."""
    with turn(root):
        if not (os.access(interpreter(root), os.X_OK) and installed(root, names[0])):
            say(f"making .venv with Python {sys.version.split()[0]} from {names[0]} …")
            create(root)
            install(root, names[0])
        for name in names[1:]:
            if not installed(root, name):
                say(f"adding {name} to .venv …")
                install(root, name)


def of_the_system(problem: OSError, root: Path) -> str:
    """What the system refused, in words, and what to do."""
    if problem.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return (
            f"expected to be allowed to write in {root}, where the first run makes .venv, saw:"
            f" {problem.strerror}. Let its owner run it once, or take a copy of the checkout that"
            " is your own."
        )
    if problem.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"expected some 1 GB of room on the disk of {root}, saw none. Free some."
    return f"expected to make {root}/.venv, saw: {problem.strerror or problem}."


def main(arguments: Sequence[str]) -> int:
    """0 when the environment is there, 1 with a message when it could not be made."""
    root, *names = arguments
    try:
        ensure(Path(root), names)
    except KeyboardInterrupt:
        say("interrupted; the environment will be made by the next run.")
        return 130
    except Impossible as problem:
        say(f"{problem} What was begun is made again by the next run.")
        return 1
    except OSError as problem:
        say(f"{of_the_system(problem, Path(root))} What was begun is made again by the next run.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
