"""Nothing that stands in a fact steers the terminal on which it is shown."""

from __future__ import annotations

import io
import json
import re
import unicodedata
from pathlib import Path

import pytest

from entrypoints.cli.main import main
from tests.helpers import run
from tests.privacy.planted import event, numbered

#: A title for the window, a colour by a control of C1, a bell, the direction of text, a mark that
#: nobody sees, and a line that writes over the one before.
HOSTILE = "x\x1b]0;title\x07\x9b31m\u202etxet\u200b\u2066\rover"
#: What may stand in a subject, which has no control characters.
QUIET = "x\u202etxet\u200b\u2066"
#: The colours that the program itself sets.
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")

REFS = [f"order:{HOSTILE}"]
ONE = {"commitment_id": HOSTILE, "refs": REFS}
FACTS: tuple[tuple[str, dict[str, object]], ...] = (
    ("commitment.made", {**ONE, "about": HOSTILE, "wording": HOSTILE, "owner": HOSTILE}),
    ("customer.chased", {"channel": "phone", "commitment_id": HOSTILE, "refs": REFS}),
    ("touchpoint.occurred", {"kind": HOSTILE, "channel": "web", "initiated_by": "customer"}),
    ("commitment.abandoned", {**ONE, "reason": HOSTILE}),
    ("commitment.honoured", {"commitment_id": f"other{HOSTILE}"}),
    ("issue.opened", {"issue_id": HOSTILE, "topic": HOSTILE, "channel": "web"}),
)
QUESTIONS = (
    ["promises", "--by", "about"],
    ["commitment", HOSTILE],
    ["commitments"],
    ["due", "--within", "P9D"],
    ["balance", "--from", "2026-01-01T00:00:00Z", "--to", "2027-01-01T00:00:00Z", "--by", "about"],
    ["customer", f"customer:{QUIET}"],
    ["journeys"],
    ["suspense"],
    ["health"],
    ["facts"],
    ["status"],
    ["sql", "SELECT * FROM commitment_made"],
    ["commitment", f"none{HOSTILE}"],
    ["journey", HOSTILE],
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("hostile") / "home"
    ids = numbered()
    lines = [
        json.dumps(event(next(ids), type, data, subject=f"customer:{QUIET}"))
        for type, data in FACTS
    ]
    outcome = run(found, ["emit", "-"], "\n".join(lines).encode())
    assert outcome.code == 0, outcome.out
    return found


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda words: words[0])
@pytest.mark.parametrize("form", [[], ["--json"]], ids=["page", "json"])
def test_no_answer_steers(home: Path, question: list[str], form: list[str]) -> None:
    out, err = Terminal(), io.StringIO()  # which has no bar of progress: that moves the cursor
    options = [] if question[0] == "facts" else form
    main([*question, *options, "--home", str(home)], io.BytesIO(), out, err)
    seen = _COLOUR.sub("", out.getvalue() + err.getvalue())
    assert seen
    steering = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert not [sign for sign in seen if sign != "\n" and unicodedata.category(sign) in steering]
