"""What became of the records of each file of data: how many an importer's SELECTs read, made facts
of, and could not use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypedDict

from application.importing.select_process import FileRead


class FileRows(TypedDict):
    """Records of a file: ``used`` are those of which there is a fact. Of a file that a SELECT only
    looks things up in, all count as used that it could read."""

    read: int
    used: int
    rejected: int


class Lines:
    """A set of line numbers, a bit each."""

    def __init__(self) -> None:
        self._bits = bytearray()

    def add(self, lines: Sequence[int]) -> None:
        """More lines, those left out that are there."""
        self._reach((max(lines, default=0) >> 3) + 1)
        bits = self._bits
        for line in lines:
            bits[line >> 3] |= 1 << (line & 7)

    def add_all(self, other: Lines) -> None:
        """Those of another set."""
        self._reach(len(other._bits))
        both = int.from_bytes(self._bits, "little") | int.from_bytes(other._bits, "little")
        self._bits[:] = both.to_bytes(len(self._bits), "little")

    def _reach(self, size: int) -> None:
        self._bits.extend(bytes(max(size - len(self._bits), 0)))

    def __len__(self) -> int:
        return int.from_bytes(self._bits, "little").bit_count()


@dataclass
class _Of:
    """Of one file, by one SELECT or by all; ``counted``: the lines of its facts are known."""

    read: int = 0
    counted: bool = True
    used: Lines = field(default_factory=Lines)
    rejected: Lines = field(default_factory=Lines)

    def rows(self) -> FileRows:
        rejected = len(self.rejected)
        used = len(self.used) if self.counted else self.read - rejected
        return {"read": self.read, "used": used, "rejected": rejected}


class Tally:
    """The count, while an import goes on."""

    def __init__(self) -> None:
        self._files: dict[str, dict[str, _Of]] = {}
        self._seen: dict[str, set[str]] = {}

    def see(self, select: str, files: Iterable[str]) -> None:
        """Rows of a SELECT come from these files."""
        self._seen.setdefault(select, set()).update(files)

    def use(self, select: str, found: Mapping[str, Sequence[int]]) -> None:
        """There are facts of these lines, by file."""
        for file, lines in found.items():
            self._of(select, file).used.add(lines)

    def reject(self, select: str, found: Mapping[str, Sequence[int]]) -> None:
        """These lines, by file, could not be used."""
        for file, lines in found.items():
            self._of(select, file).rejected.add(lines)

    def finish(self, select: str, files: Mapping[str, FileRead], located: bool) -> None:
        """A SELECT is at its end; ``located``: it was known where its rows come from."""
        seen = self._seen.get(select, set())
        calls = {files[file].call for file in seen if file in files}
        for file, found in files.items():
            of = self._of(select, file)
            of.read = found.read
            of.counted = located and (not calls or found.call in calls)
            of.rejected.add([line for line, _ in found.rejected])

    def rows(self) -> dict[str, FileRows | dict[str, FileRows]]:
        """By SELECT and file, and by file: of a file that several SELECTs read, what any of them
        used or rejected."""
        by_select: dict[str, dict[str, FileRows]] = {}
        totals: dict[str, _Of] = {}
        for select, files in sorted(self._files.items()):
            by_select[select] = {file: of.rows() for file, of in sorted(files.items())}
            for file, of in files.items():
                total = totals.setdefault(file, _Of())
                total.read = max(total.read, of.read)
                total.counted = total.counted and of.counted
                total.used.add_all(of.used)
                total.rejected.add_all(of.rejected)
        answer: dict[str, FileRows | dict[str, FileRows]] = {**by_select}
        for file, total in sorted(totals.items()):
            answer[file] = total.rows()
        return answer

    def _of(self, select: str, file: str) -> _Of:
        return self._files.setdefault(select, {}).setdefault(file, _Of())
