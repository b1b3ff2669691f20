"""The code that decides rows of the views belongs to a fold version, by which a home knows that it
has to be built again. ``fold_versions.toml`` says which code to which."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from projections.view_registry import FOLD_VERSION, bare
from tests.house import checkout
from tests.house.code import digest, digest_of_all

FILE = Path(__file__).with_name("fold_versions.toml")


def recorded() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def sources() -> dict[str, str]:
    """Every source that may decide rows, by its name. The SQL of the views and of the folds is left
    out: the fingerprint of the views is of that itself."""
    apart = {
        "projections",
        "projections/fold",
        "projections/duckdb",
        "projections/views",
        "projections/postgres/bulk_fold.sql",
        "projections/postgres/migrations",
    }
    found = {checkout.name(path): path for path in checkout.files(".py", ".sql")}
    return {
        name: path.read_text(encoding="utf-8")
        for name, path in found.items()
        if name.startswith(("domain/", "projections/"))
        and not (path.suffix == ".sql" and name.startswith("projections/metrics/"))
        and not (
            path.suffix == ".sql" and {checkout.name(path), checkout.name(path.parent)} & apart
        )
    }


def digest_of(name: str, text: str) -> str:
    return digest_of_all([bare(text)]) if name.endswith(".sql") else digest(text)


def complaint(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """What to do about code that is not what was recorded: module -> digest."""
    changed = [name for name in now if now[name] not in before.values()]
    gone = [name for name in before if name not in now and before[name] not in now.values()]
    lines = "\n".join(f'"{name}" = "{now[name]}"' for name in changed)
    missing = f"; no more there: {', '.join(gone)}" if gone else ""
    return (
        f"{checkout.name(FILE)}: expected the code that decides rows to be what is recorded for"
        f" fold version {FOLD_VERSION}, saw other code in {', '.join(changed) or 'no file'}"
        f"{missing}.\nIf rows may become other ones, raise FOLD_VERSION in"
        " projections/view_registry.py, and add a [[code]] of that version; or add one of this"
        f' version that says why rows stay the same:\ndigest = "{digest_of_all(now.values())}"\n'
        f"and put under [deciding]:\n{lines}"
    )


def test_every_source_decides_rows_or_does_not() -> None:
    record = recorded()
    deciding, others, there = set(record["deciding"]), set(record["not_deciding"]), set(sources())
    for wrong, what in (
        (there - deciding - others, "may decide rows or not, and nobody has said it"),
        ((deciding | others) - there, "are no more"),
        (deciding & others, "are on both lists"),
    ):
        assert not wrong, f"{checkout.name(FILE)}: {', '.join(sorted(wrong))} {what}"


def test_the_code_that_decides_rows_is_that_of_the_fold_version() -> None:
    record = recorded()
    there = sources()
    now = {name: digest_of(name, there[name]) for name in record["deciding"]}
    known = [one["digest"] for one in record["code"] if one["fold_version"] == FOLD_VERSION]
    assert digest_of_all(now.values()) in known[-1:], complaint(record["deciding"], now)
    assert digest_of_all(record["deciding"].values()) == known[-1], "[deciding] is not up to date"


def test_other_code_of_one_version_is_there_for_a_reason() -> None:
    code = recorded()["code"]
    versions = [one["fold_version"] for one in code]
    assert versions == sorted(versions)
    assert set(versions) == set(range(1, FOLD_VERSION + 1))
    assert len({one["digest"] for one in code}) == len(code)
    wrong = [
        f"{checkout.name(FILE)}: {one['digest']} is there without a reason"
        for before, one in zip([0, *versions], code, strict=False)
        if one["fold_version"] == before and not one.get("reason", "").strip()
    ]
    assert not wrong, "\n".join(wrong)


def test_a_complaint_names_the_files_and_what_to_do() -> None:
    before = {"domain/a.py": "1", "domain/b.py": "2", "domain/c.py": "3"}
    said = complaint(before, {"domain/moved.py": "1", "domain/b.py": "4"})
    assert "saw other code in domain/b.py; no more there: domain/c.py." in said
    assert "raise FOLD_VERSION" in said
    assert '"domain/b.py" = "4"' in said
    assert "moved" not in said


SOURCE = '''
"""A module."""

from __future__ import annotations

import json


class Fact:
    """A fact."""


def due(day: int, *, late: bool = False) -> str:
    """When."""
    # Two days of grace.
    from datetime import date
    if late:
        return f"{day + 2:>{3}} of {json.dumps(day)}" "."
    return "today"
'''


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# Two days of grace.", "# Of grace, two days."),
        ('"""A module."""', '"""Another text."""\n\n'),
        ('    """A fact."""', "    pass"),
        ('    """When."""\n', ""),
        ("import json\n", "import json\nimport re\n"),
        ("    from datetime import date\n", ""),
        ("day: int, *, late", "\n    day: int,\n    *,\n    late"),
        ('return "today"', "return (\n        'today'\n    )"),
        ('" "."', '."'),
    ],
)
def test_what_decides_nothing_leaves_the_digest(old: str, new: str) -> None:
    assert SOURCE.replace(old, new) != SOURCE
    assert digest(SOURCE.replace(old, new)) == digest(SOURCE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("day + 2", "day + 3"),
        ("{3}", "{4}"),
        (" of ", " in "),
        ("late: bool = False", "late: bool = True"),
        ("*, late", "late"),
        ("if late:", "if not late:"),
        ('"today"', '"to day"'),
        ("def due(", "async def due("),
        ('    return "today"', '        return "today"'),
    ],
)
def test_another_rule_has_another_digest(old: str, new: str) -> None:
    assert SOURCE.replace(old, new) != SOURCE
    assert digest(SOURCE.replace(old, new)) != digest(SOURCE)


def test_the_digest_is_the_same_in_every_version_of_python() -> None:
    """This test runs under each of them."""
    assert digest(SOURCE) == "5abc3139a9629f17"


def test_names_and_order_of_files_play_no_part() -> None:
    assert digest_of_all(["1", "2"]) == digest_of_all(["2", "1"]) != digest_of_all(["1", "3"])


def test_sql_that_the_fingerprint_is_of_needs_no_record() -> None:
    names = set(sources())
    assert {"projections/view_registry.py", "projections/postgres/ddl.sql"} <= names
    assert not {"projections/fold/run.sql", "projections/views/customer.sql"} & names
