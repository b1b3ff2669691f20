"""What people are shown: so much of a list as one reads, and what an answer is not about."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.entrypoints.small import AS_OF, id_of
from tests.helpers import ask, emit, run
from tests.projections.test_answers import PAGED

NUMBER = 60
SECRET = "knock at the neighbour's"


def _facts() -> list[dict[str, object]]:
    """Sixty promises of one customer, each in a journey of its own and with a touchpoint, and as
    many facts that wait."""
    made = [
        (n, "commitment.made", {"commitment_id": f"C{n:02}", "about": "delivery"})
        for n in range(NUMBER)
    ]
    waiting = [
        (100 + n, "commitment.honoured", {"commitment_id": f"N{n:02}"}) for n in range(NUMBER)
    ]
    met: dict[str, object] = {"kind": "call", "channel": "phone", "initiated_by": "customer"}
    met |= {"note": SECRET, "refs": ["commitment:C00"]}
    return [
        {
            "specversion": "1.0",
            "id": id_of(number),
            "type": name,
            "source": "/care/desk",
            "subject": "customer:1",
            "time": f"2025-12-01T{number // 60:02}:{number % 60:02}:00Z",
            "data": data,
        }
        for number, name, data in [*made, *waiting, (200, "touchpoint.occurred", met)]
    ]


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("long") / "home"
    emit(folder, _facts())
    return folder


@pytest.mark.parametrize("command", PAGED)
def test_people_get_a_page_and_programs_all(long: Path, command: str) -> None:
    whole = ask(long, [command, "--as-of", AS_OF])
    number = len(whole[PAGED[command]])
    assert number >= NUMBER
    assert whole.get("next") is None
    lines = run(long, [command, "--as-of", AS_OF, "--lines"]).out
    assert lines.count("\n") == number
    first = ask(long, [command, "--as-of", AS_OF, "--limit", "50"])
    page = run(long, [command, "--as-of", AS_OF])
    assert (page.code, page.err) == (0, "")
    assert f"for the next: --after {first['next']}" in " ".join(page.out.split())
    assert "--after" not in run(long, [command, "--as-of", AS_OF, "--limit", str(number)]).out


def test_suspense_is_summed_up_before_it_is_listed(long: Path) -> None:
    assert set(ask(long, ["suspense", "--as-of", AS_OF])) == {"items"}
    page = ask(long, ["suspense", "--as-of", AS_OF, "--limit", "2"])
    assert page["by_reason"] == {"unknown_commitment": NUMBER}
    last = ask(long, ["suspense", "--as-of", AS_OF, "--after", page["next"]])
    assert (len(last["items"]), last["next"]) == (NUMBER - 2, None)
    assert last["by_reason"] == page["by_reason"]
    shown = run(long, ["suspense", "--as-of", AS_OF]).out.splitlines()
    assert shown[0] == f"In suspense  {NUMBER} items"
    assert shown[2].startswith(f"  {NUMBER}  unknown commitment  ")


def test_a_step_says_what_happened_but_nothing_personal(long: Path) -> None:
    argv = ["journey", id_of(0), "--as-of", AS_OF]
    (promise, met) = ask(long, argv)["steps"]
    assert promise["data"]["about"] == "delivery"
    assert met["data"] == {
        "kind": "call",
        "channel": "phone",
        "initiated_by": "customer",
        "emotional": False,
        "refs": ["commitment:C00"],
    }
    words = " ".join(run(long, argv).out.split())
    assert "touchpoint occurred call · phone · initiated by customer" in words
    for other in (argv, ["journeys"], ["customer", "customer:1"]):
        for form in ([], ["--json"]):
            assert SECRET not in run(long, [*other, *form]).out
    theirs = ask(long, ["customer", "customer:1", "--as-of", AS_OF])["journeys"]
    assert theirs == ask(long, ["journeys", "--as-of", AS_OF])["journeys"]
    assert theirs[0] == ask(long, argv)


def _overdue(time: str) -> dict[str, object]:
    data = {"commitment_id": "C", "about": "delivery", "due_at": time}
    return {**_facts()[0], "time": time, "data": data}


@pytest.mark.parametrize(
    "argv",
    [
        ["promises"],
        ["commitments"],
        ["commitment", "C"],
        ["due", "--within", "P1D"],
        ["customer", "customer:1"],
    ],
    ids=" ".join,
)
def test_an_old_extract_asked_about_now(argv: list[str], tmp_path: Path) -> None:
    """Where the newest fact is old, what is overdue may not be; facts yet to come don't count."""
    emit(tmp_path, [_overdue("2024-05-01T12:00:00Z")])
    data = {"commitment_id": "D", "about": "refund"}
    later = {"time": "2999-01-01T00:00:00Z", "subject": "customer:2", "data": data}
    emit(tmp_path, [{**_facts()[1], **later}])
    remark = "the newest fact is of 2024-05-01, so what was open then is overdue; ask with --as-of"
    assert f"{remark} 2024-05-01T12:00:00Z" in " ".join(run(tmp_path, argv).out.split())
    assert "newest" not in run(tmp_path, [*argv, "--json"]).out
    assert "newest" not in run(tmp_path, [*argv, "--as-of", AS_OF]).out


def test_a_ledger_that_is_kept_up_is_asked_about_now(tmp_path: Path) -> None:
    from datetime import UTC, datetime, timedelta

    yesterday = datetime.now(UTC) - timedelta(days=1)
    emit(tmp_path, [_overdue(yesterday.strftime("%Y-%m-%dT%H:%M:%SZ"))])
    shown = run(tmp_path, ["promises"]).out
    assert "1 overdue" in shown
    assert "newest" not in shown


@pytest.mark.parametrize(
    "argv", [["promises"], ["suspense", "--json"], ["facts"], ["sql", "SELECT 1"]]
)
def test_answers_of_an_unfinished_demo_say_that_they_are_of_a_part(
    argv: list[str], long: Path
) -> None:
    marker = long / "demo.json"
    told = {"edition": 1, "seed": 7, "customers": 20_000, "facts": 0}
    for complete, said in ((False, True), (True, False)):
        marker.write_text(json.dumps({**told, "complete": complete}))
        outcome = run(long, argv)
        assert outcome.code == 0
        part = (
            "the demo in this home is not finished; of its three years it is told up to 2025-12-01"
        )
        assert (part in outcome.err) == said
        assert ("./pledger demo --customers 20000 --seed 7 --home" in outcome.err) == said
    marker.unlink()
