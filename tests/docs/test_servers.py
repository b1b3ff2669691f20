"""What stands in for the servers that documents name."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.docs.servers import WANTED, Names
from tests.docs.test_documents import MARK, end_what_is_left
from tests.helpers import wait_until


def test_names_are_replaced_both_ways() -> None:
    names = Names({"localhost:9092": "127.0.0.1:31337", "a-long-password": ""})
    assert names.real("nc localhost:9092") == "nc 127.0.0.1:31337"
    assert names.real("a-long-password") == "a-long-password"
    assert names.shown("at 127.0.0.1:31337") == "at localhost:9092"


def test_a_document_says_that_it_wants_servers() -> None:
    assert WANTED.search("# Title\n\n<!-- server -->\n\nText\n")
    assert not WANTED.search("write `<!-- server -->` into it\n")


def test_what_a_document_leaves_running_is_ended(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], MARK: str(tmp_path)}
    left = subprocess.Popen(["sleep", "600"], env=environment)
    stays = subprocess.Popen(["sleep", "600"], env=environment | {MARK: "/elsewhere"})
    try:
        end_what_is_left(environment)
        wait_until(lambda: left.poll() is not None)
        assert stays.poll() is None
    finally:
        for process in (left, stays):
            process.kill()
            process.wait()
