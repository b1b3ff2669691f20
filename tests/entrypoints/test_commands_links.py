"""What links facts to journeys, asked through the command line, kept up and built anew."""

from __future__ import annotations

from pathlib import Path

from tests.helpers import ask, emit


def _visit(number: int, subject: str, *refs: str) -> dict[str, object]:
    return {
        "specversion": "1.0",
        "id": f"00000000-0000-4000-8000-{number:012}",
        "type": "touchpoint.occurred",
        "source": "/care/desk",
        "subject": subject,
        "time": f"2026-02-{number:02}T00:00:00Z",
        "data": {
            "kind": "call",
            "channel": "phone",
            "initiated_by": "customer",
            "refs": list(refs),
        },
    }


def test_the_customers_own_ids_never_link(tmp_path: Path) -> None:
    emit(tmp_path, [_visit(1, "customer:a", "customer:a"), _visit(2, "customer:a", "customer:b")])
    asked = ["customer", "customer:a", "--as-of", "2026-03-01T00:00:00Z"]
    before = ask(tmp_path, asked)
    assert [one["facts"] for one in before["journeys"]] == [1]
    assert len(before["loose"]) == 1
    link = {**_visit(3, "customer:a"), "type": "identity.linked"}
    link["data"] = {"party_a": "customer:a", "party_b": "customer:b"}
    emit(tmp_path, [link])
    after = ask(tmp_path, asked)
    assert after["journeys"] == []
    assert len(after["loose"]) == 3
    ask(tmp_path, ["rebuild"])
    assert ask(tmp_path, asked) == after
