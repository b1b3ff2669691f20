"""A second version of a type, added as schemas/README.md says, in a copy of the package."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import schemas
from domain.places import place_of
from schemas import catalogue, codec
from schemas.compatibility import fingerprint

Run = Callable[[str], str]

FIRST = codec.encode("issue.resolved", {"issue_id": "I-1", "refs": ["order:1"]})
NEXT_ID = max(catalogue.schema_id(type) for type in catalogue.TYPES) + 1


def add_version(folder: Path, schema: dict[str, Any], sha256: str | None = None) -> None:
    (folder / "avsc" / "issue.resolved.2.avsc").write_text(json.dumps(schema))
    ids = json.loads((folder / "ids.json").read_text())
    ids[str(NEXT_ID)] = {
        "type": "issue.resolved",
        "place": place_of("issue.resolved"),
        "file": "issue.resolved.2.avsc",
        "sha256": fingerprint(schema) if sha256 is None else sha256,
    }
    (folder / "ids.json").write_text(json.dumps(ids))


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(
        shutil.copytree(
            Path(schemas.__file__).parent,
            tmp_path / "schemas",
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    )


def run(folder: Path, script: str) -> Any:
    """What the script prints as JSON, with the copied package in place of ours."""
    done = subprocess.run(
        [sys.executable, "-c", "import json\n" + script],
        cwd=folder.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def second() -> dict[str, Any]:
    schema = catalogue.avsc("issue.resolved")
    schema["fields"].insert(1, {"name": "how", "type": ["null", "string"], "default": None})
    schema["fields"].insert(
        2, {"name": "tags", "type": {"type": "array", "items": "string"}, "default": ["none"]}
    )
    return schema


def test_bytes_of_the_first_version_are_read_as_the_second(copied: Path) -> None:
    add_version(copied, second())
    seen = run(
        copied,
        f"""
from schemas import codec, columns, compatibility
first = bytes.fromhex("{FIRST.hex()}")
now = codec.encode("issue.resolved", {{"issue_id": "I-2", "how": "phone"}})
batch = columns.decode_batch("issue.resolved", [first, now, first])
print(json.dumps({{
    "problems": compatibility.history_problems(),
    "decoded": list(codec.decode(first)[1].items()),
    "id": codec.header_id(now),
    "batch": batch.to_pylist(),
    "written": [wire == now for wire in columns.encode_batch("issue.resolved", batch)],
}}))""",
    )
    earlier = {"issue_id": "I-1", "how": None, "tags": ["none"], "refs": ["order:1"]}
    later = {"issue_id": "I-2", "how": "phone", "tags": ["none"], "refs": []}
    assert seen["problems"] == []
    assert seen["decoded"] == [list(item) for item in earlier.items()]
    assert seen["id"] == NEXT_ID
    assert seen["batch"] == [earlier, later, earlier]
    assert seen["written"] == [False, True, False]


def test_a_version_that_can_not_follow_fails_the_gate(copied: Path) -> None:
    schema = second()
    schema["fields"][0]["name"] = "issue"
    add_version(copied, schema)
    said = run(
        copied,
        "from schemas import compatibility\nprint(json.dumps(compatibility.history_problems()))",
    )
    first = catalogue.schema_id("issue.resolved")
    assert any(
        line.startswith(f"issue.resolved (schema id {NEXT_ID} after {first}): issue_id: expected")
        for line in said
    ), said


def test_a_committed_file_that_was_edited_fails_the_gate(copied: Path) -> None:
    path = copied / "avsc" / "issue.opened.avsc"
    path.write_text(path.read_text().replace("timestamp-micros", "timestamp-millis"))
    path = copied / "avsc" / "issue.reopened.avsc"
    path.write_text(
        path.read_text().replace('"default": null', '"default": null, "personal": true')
    )
    said = run(
        copied,
        "from schemas import compatibility\nprint(json.dumps(compatibility.history_problems()))",
    )
    opened, reopened = (catalogue.versions(type)[0] for type in ("issue.opened", "issue.reopened"))
    assert any(line.startswith(f"issue.opened (schema id {opened}): sent_at:") for line in said)
    for type, id_ in (("issue.opened", opened), ("issue.reopened", reopened)):
        start = f"{type} (schema id {id_}): expected the committed schema with the fingerprint"
        assert any(line.startswith(start) for line in said), said


def test_the_gate_names_the_fingerprint_of_a_new_version(copied: Path) -> None:
    add_version(copied, second(), sha256="")
    (said,) = run(
        copied,
        "from schemas import compatibility\nprint(json.dumps(compatibility.history_problems()))",
    )
    assert fingerprint(second()) in said
