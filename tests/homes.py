"""Homes to hold the same stories to: one folder each, and a way to let its views catch up."""

from __future__ import annotations

from pathlib import Path

from application.server_home import FILE, ServerHome, ends_of


def server_home(folder: Path, broker: str, topic: str, dsn: str) -> Path:
    """Make a folder a server home."""
    folder.mkdir(exist_ok=True)
    (folder / FILE).write_text(
        f"[kafka]\nbootstrap_servers = {broker!r}\ntopic = {topic!r}\n"
        f"\n[postgres]\ndsn = {dsn!r}\n",
        encoding="utf-8",
    )
    return folder


def caught_up(folder: Path) -> None:
    """Have the views of a server home take in all that its ledger has; no worker is at work."""
    home = ServerHome(folder, lambda sentence: None)
    with home.ledger() as ledger:
        head = ends_of(ledger)
    home.views().prepare()
    home.fold_here(head, lambda done, total: None)
