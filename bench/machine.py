"""The machine that the figures were measured on, in words that name no place and no host."""

from __future__ import annotations

import platform
import sqlite3
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("duckdb", "pyarrow", "eventsourcing", "fastavro", "pyruhvro", "pydantic")


def words(scratch: Path, names: Sequence[str] = PACKAGES) -> str:
    """One paragraph, with the versions of these packages. ``scratch`` is the folder that the pieces
    worked in: its file system bears on what an append costs."""
    system = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    packages = ", ".join(f"{name} {version(name)}" for name in names)
    return (
        f"{_cores()} × {_model()}, {_memory()} of memory, {_file_system(scratch)} file system, "
        f"{system} (Linux {platform.release().split('-')[0]}), "
        f"{platform.python_implementation()} {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}, {packages}"
    )


def _info(path: str) -> dict[str, str]:
    """The first value of each name in one of the kernel's tables of ``name: value``."""
    found: dict[str, str] = {}
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        found.setdefault(name.strip(), value.strip())
    return found


def _model() -> str:
    return _info("/proc/cpuinfo").get("model name") or platform.machine()


def _cores() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    count = sum(line.startswith("processor") for line in lines)
    return f"{count} core{'' if count == 1 else 's'}"


def _memory() -> str:
    kib = int(_info("/proc/meminfo")["MemTotal"].split()[0])
    return f"{kib / 1024 / 1024:.0f} GiB"


def _file_system(folder: Path) -> str:
    """The type of the file system that a folder lies in: that of the longest mount above it."""
    found = ("", "unknown")
    for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines():
        _, place, kind, *_ = line.split()
        inside = folder == Path(place) or Path(place) in folder.parents
        if inside and len(place) >= len(found[0]):
            found = (place, kind)
    return found[1]
