"""Who holds a ledger: the processes that lock its files, where the system shows them (Linux)."""

from __future__ import annotations

from pathlib import Path

# SQLite in WAL mode locks single bytes of the -shm file; this one is the write lock (WAL_WRITE_LOCK
# at the start of the lock bytes, see "The WAL-Index File Format" in SQLite's documentation).
_WRITE_LOCK_BYTE = "120"
_PROCESSES = Path("/proc")


def writers(path: Path) -> list[str]:
    """The processes that hold the write lock of the ledger at ``path``, each as ``process 123 (its
    command line)``. Empty where no process does or it cannot be known."""
    try:
        inode = path.with_name(path.name + "-shm").stat().st_ino
        locks = (_PROCESSES / "locks").read_text(encoding="ascii").splitlines()
    except OSError:
        return []
    # 1: POSIX  ADVISORY  WRITE 4242 fe:00:1048631 120 120  (with "->" before what only waits)
    found = []
    for line in locks:
        words = line.split()
        if len(words) != 8 or words[3] != "WRITE" or words[6] != _WRITE_LOCK_BYTE:
            continue
        if words[5].rpartition(":")[2] == str(inode):
            found.append(_named(words[4]))
    return found


def _named(process: str) -> str:
    try:
        command = (_PROCESSES / process / "cmdline").read_bytes()
    except OSError:
        return f"process {process}"
    words = command.replace(b"\0", b" ").decode(errors="replace").strip()
    return f"process {process} ({words})"
