"""The launcher, in a checkout of its own whose requirements are empty: nothing is downloaded."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import venv
from pathlib import Path

import pytest

from tests.helpers import ROOT, wait_until
from tools.environment import Impossible, create, of_the_system

PROGRAM = """\
import json, os, sys
print(json.dumps({"module": __spec__.parent, "arguments": sys.argv[1:], "folder": os.getcwd()}))
sys.exit(7 if "fail" in sys.argv else 0)
"""
MAKING = "making .venv with Python"

pytestmark = pytest.mark.xdist_group("launcher")


def environment(**more: str) -> dict[str, str]:
    """What a user's shell has, without what this test run has set."""
    kept = {name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ}
    return kept | more


def launch(
    launcher: Path, *arguments: str, folder: Path | None = None, **more: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [launcher, *arguments],
        cwd=folder or launcher.parent,
        env=environment(**more),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh checkout, in a folder with a space in its name."""
    root = tmp_path_factory.mktemp("a place") / "my checkout"
    (root / "tools").mkdir(parents=True)
    shutil.copy(ROOT / "pledger", root)
    for name in ("__init__.py", "environment.py"):
        shutil.copy(ROOT / "tools" / name, root / "tools")
    (root / "entrypoints").mkdir()
    (root / "entrypoints" / "__init__.py").touch()
    (root / "entrypoints" / "__main__.py").write_text(PROGRAM)
    (root / "tools" / "check.py").write_text(PROGRAM)
    (root / "bench").mkdir()
    (root / "bench" / "__init__.py").touch()
    (root / "bench" / "__main__.py").write_text(PROGRAM)
    for name in ("requirements.txt", "requirements-test.txt"):
        (root / name).write_text("# nothing\n")
    return root


@pytest.fixture(scope="module")
def launcher(checkout: Path) -> Path:
    """The launcher of a checkout whose environment was made by two that were started at once."""
    command = [str(checkout / "pledger"), "first"]
    both = [
        subprocess.Popen(
            command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    outputs = [process.communicate(timeout=300) for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    assert sum(MAKING in err for _, err in outputs) == 1
    return checkout / "pledger"


def test_it_runs_the_application_and_says_nothing_itself(launcher: Path) -> None:
    done = launch(launcher, "promises", "--by", "a b", "", "*")
    assert '"module": "entrypoints"' in done.stdout
    assert '"arguments": ["promises", "--by", "a b", "", "*"]' in done.stdout
    assert (done.returncode, done.stderr) == (0, "")
    assert launch(launcher, "fail").returncode == 7


def test_it_runs_from_any_folder_and_keeps_it(launcher: Path, tmp_path: Path) -> None:
    # A module in the user's folder must not take the place of one of ours or of Python's.
    (tmp_path / "json.py").write_text("raise SystemExit('the wrong json')")
    (tmp_path / "entrypoints.py").write_text("raise SystemExit('the wrong entrypoints')")
    done = launch(launcher, folder=tmp_path, PYTHONPATH=str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert f'"folder": "{tmp_path}"' in done.stdout


def test_it_runs_through_symlinks_and_the_path(launcher: Path, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "one").symlink_to(launcher)
    (tmp_path / "bin" / "pledger").symlink_to("../one")
    assert launch(tmp_path / "bin" / "pledger", folder=tmp_path).returncode == 0
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    for command in (["pledger"], ["sh", "pledger"]):
        folder = tmp_path / "bin"
        done = subprocess.run(command, cwd=folder, env=environment(PATH=path), check=False)
        assert done.returncode == 0, command


def test_test_adds_its_own_requirements_once(launcher: Path) -> None:
    first, second = launch(launcher, "test", "-k", "door"), launch(launcher, "test")
    assert "adding requirements-test.txt" in first.stderr
    assert MAKING not in first.stderr
    assert '"arguments": ["-k", "door"]' in first.stdout
    assert second.stderr == ""
    assert launch(launcher, "promises").stderr == ""


def test_bench_starts_the_bench(launcher: Path) -> None:
    done = launch(launcher, "bench", "--quick")
    assert '"module": "bench", "arguments": ["--quick"]' in done.stdout
    assert (done.returncode, done.stderr) == (0, "")


def test_changed_requirements_and_a_killed_run_make_it_again(launcher: Path) -> None:
    root = launcher.parent
    (root / ".venv" / "left-over").touch()
    (root / "requirements.txt").write_text("# nothing, in other words\n")
    killed = subprocess.Popen([launcher], env=environment(), start_new_session=True)
    wait_until(lambda: not (root / ".venv" / "left-over").exists())
    wait_until((root / ".venv" / "bin" / "python").exists)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    assert not (root / ".venv" / "requirements.txt").exists()
    done = launch(launcher)
    assert done.returncode == 0
    assert done.stderr.count(MAKING) == 1
    assert launch(launcher).stderr == ""


def test_it_says_which_python_it_needs(tmp_path: Path) -> None:
    shutil.copy(ROOT / "pledger", tmp_path)
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "python3").write_text("#!/bin/sh\nexit 1\n")
    (tools / "python3").chmod(0o755)
    none = launch(tmp_path / "pledger", PATH=str(tools))
    assert none.returncode == 1
    assert "no Python 3.11 or newer on the PATH" in none.stderr
    given = launch(tmp_path / "pledger", PLEDGER_PYTHON="/nowhere/python")
    assert given.returncode == 1
    assert "PLEDGER_PYTHON is /nowhere/python" in given.stderr


def test_a_colon_in_the_path_is_refused_with_advice(tmp_path: Path) -> None:
    folder = tmp_path / "a:b"
    folder.mkdir()
    shutil.copy(ROOT / "pledger", folder)
    done = launch(folder / "pledger")
    assert done.returncode == 1
    assert "has a colon in its name" in done.stderr


def fresh(tmp_path: Path, requirements: str) -> Path:
    """The launcher of a checkout whose environment is not made yet."""
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "pledger", tmp_path)
    shutil.copy(ROOT / "tools" / "environment.py", tmp_path / "tools")
    (tmp_path / "requirements.txt").write_text(requirements)
    return tmp_path / "pledger"


def failed(done: subprocess.CompletedProcess[str]) -> str:
    """What a person is told, in one line without anything of Python's."""
    assert done.returncode == 1, done
    *_, line = done.stderr.splitlines()
    for trace in ("Command '[", "CalledProcessError", "[Errno", "Traceback"):
        assert trace not in line
    assert line.startswith("pledger: expected ")
    return line


def test_without_an_index_it_says_what_the_first_run_needs(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    (tmp_path / "checkout").mkdir()
    launcher = fresh(tmp_path / "checkout", "no-such-package-of-ours==1\n")
    why = failed(launch(launcher, PIP_NO_INDEX="1", PIP_FIND_LINKS=str(nowhere)))
    assert "the packages of requirements.txt from pip's package index" in why
    assert "PIP_INDEX_URL" in why


def test_without_the_right_to_write_it_says_who_may_make_it(tmp_path: Path) -> None:
    launcher = fresh(tmp_path, "# nothing\n")
    refusal = PermissionError(errno.EACCES, "Permission denied", str(tmp_path / ".venv.lock"))
    words = of_the_system(refusal, launcher.parent)
    assert words.startswith(f"expected to be allowed to write in {tmp_path}, where the first run")
    assert "Let its owner run it once" in words
    for number, told in (
        (errno.EROFS, "to be allowed"),
        (errno.ENOSPC, "room"),
        (errno.EIO, "saw"),
    ):
        assert told in of_the_system(OSError(number, os.strerror(number)), tmp_path)
    (tmp_path / ".venv.lock").mkdir()  # stops every user, root among them
    assert "Is a directory" in failed(launch(launcher))


def test_a_python_that_can_make_no_environment_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **options: object) -> None:
        raise subprocess.CalledProcessError(1, ["python", "-m", "ensurepip"])

    monkeypatch.setattr(venv, "create", broken)
    with pytest.raises(Impossible, match="install the package python3-venv"):
        create(tmp_path)
