"""What keeps the style from slipping. Each failure names the file and the line."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.helpers import ROOT
from tests.house import checkout

MODULE_LIMIT = 400
FUNCTION_LIMIT = 40
SQL_LIMIT = 5
LONG = Path(__file__).with_name("long.toml")

Function = ast.FunctionDef | ast.AsyncFunctionDef

# What no file may hold is put together from parts here, so as not to be found here.
MACHINE_PATH = re.compile(r"(?<![\w/.<-])/(?:root|work|Users)" + "/")
INDEX_HOSTS = [
    "".join(parts)
    for parts in (
        ("py", "pi.org"),
        ("python", "hosted.org"),
        ("registry.", "npmjs"),
        ("crates", ".io"),
        ("proxy.", "golang"),
        ("repo1.", "maven"),
    )
]
UNDONE = re.compile(r"\b(?:" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X")) + r")\b")
CREATES = re.compile(
    r"^\s*create\s+(?:or\s+replace\s+)?(?:temp(?:orary)?\s+)?"
    r"(?:table|view|macro|function|index|type|sequence)\s+(?:if\s+not\s+exists\s+)?"
    r"(?:\w+\.)?\"?(\w+)",
    re.IGNORECASE | re.MULTILINE,
)


SQL = re.compile(
    r"\b(?:SELECT|WITH|INSERT INTO|UPDATE|DELETE FROM|MERGE|COPY|CREATE|ALTER|DROP|TRUNCATE)\b"
)

#: An SQL text that sorts by the time of facts, or takes the first or last by it.
BY_TIME = re.compile(
    r"\bORDER BY\b(?:(?!\bLIMIT\b|\bROWS\b)(?:[^();]|\(\w+\.))*\btime\b"
    r"|\b(?:arg_min|arg_max|min_by|max_by)\([^()]*\btime\b",
    re.IGNORECASE,
)


class Length(NamedTuple):
    """A module or a function, where it starts and how long it is."""

    what: str
    line: int
    lines: int


def length_of(function: Function) -> int:
    """Lines from ``def`` to the end, the docstring left out: explaining is not to be saved on."""
    end = function.end_lineno or function.lineno
    total = end - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function, clean=False) is not None:
        total -= (first.end_lineno or first.lineno) - first.lineno + 1
    return total


def functions(tree: ast.AST, within: str = "") -> Iterator[tuple[str, Function]]:
    """Every function with its dotted name, those inside others and in classes as well."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            path = f"{within}{node.name}"
            if not isinstance(node, ast.ClassDef):
                yield path, node
            yield from functions(node, f"{path}.")
        else:
            yield from functions(node, within)


def lengths() -> Iterator[Length]:
    """All that is too long. Tests are held to the limit of modules only: a story may be long."""
    for path in checkout.files(".py"):
        name, source = checkout.name(path), path.read_text(encoding="utf-8")
        lines = len(source.splitlines())
        if lines > MODULE_LIMIT:
            yield Length(name, 1, lines)
        if not name.startswith("tests/"):
            for inside, function in functions(ast.parse(source)):
                if (length := length_of(function)) > FUNCTION_LIMIT:
                    yield Length(f"{name}:{inside}", function.lineno, length)


def test_nothing_is_longer_than_allowed() -> None:
    allowed = {entry["what"]: entry for entry in tomllib.loads(LONG.read_text()).get("long", [])}
    wrong = []
    for length in lengths():
        entry = allowed.pop(length.what, None)
        limit = entry["lines"] if entry else FUNCTION_LIMIT if ":" in length.what else MODULE_LIMIT
        if length.lines > limit:
            file = length.what.split(":")[0]
            wrong.append(
                f"{file}:{length.line}: {length.what} has {length.lines} lines, {limit} are"
                f" allowed. Take it apart, or say in {checkout.name(LONG)} why not."
            )
        if entry and not str(entry.get("reason", "")).strip():
            wrong.append(f"{checkout.name(LONG)}: {length.what} is there without a reason.")
    wrong += [
        f"{checkout.name(LONG)}: {what} is not too long any more. Remove its entry."
        for what in allowed
    ]
    assert not wrong, "\n".join(wrong)


def test_the_measure_counts_code_and_not_docstrings() -> None:
    source = 'def f():\n    """One.\n\n    Two."""\n    def g():\n        pass\n    return g\n'
    found = dict(functions(ast.parse(source)))
    assert {name: length_of(function) for name, function in found.items()} == {"f": 4, "f.g": 2}


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("something left undone", UNDONE),
        ("a path of one machine", MACHINE_PATH),
        ("the address of a package index", re.compile("|".join(map(re.escape, INDEX_HOSTS)))),
    ],
)
def test_no_file_holds(what: str, pattern: re.Pattern[str]) -> None:
    wrong = [
        f"{name}:{number}: {what}: {found[0]}"
        for name, text in checkout.text_files()
        for number, line in enumerate(text.splitlines(), 1)
        if (found := pattern.search(line))
    ]
    assert not wrong, "\n".join(wrong)


def test_no_test_sleeps() -> None:
    """A test that sleeps is slow when it passes and fails when the machine is busy. (With
    ``asyncio.sleep(0)`` it lets others go first, and waits for nothing.)"""
    sleep = re.compile(r"(?<!await asyncio\.)\bsleep\(|\bsleep\((?!0\))")
    wrong = [
        f"{name}:{number}: wait for a condition with tests.helpers.wait_until"
        for name, text in checkout.text_files()
        if name.startswith("tests/") and name.endswith(".py") and name != "tests/helpers.py"
        for number, line in enumerate(text.splitlines(), 1)
        if sleep.search(line) and name != checkout.name(Path(__file__))
    ]
    assert not wrong, "\n".join(wrong)


def test_every_folder_of_python_is_a_package_that_says_what_it_holds() -> None:
    folders = {path.parent for path in checkout.files(".py") if path.parent != ROOT}
    wrong = []
    for folder in sorted(folders):
        init = folder / "__init__.py"
        if not init.is_file() or not ast.get_docstring(ast.parse(init.read_text("utf-8"))):
            wrong.append(f"{checkout.name(init)}:1: expected a docstring that says what is here")
    assert not wrong, "\n".join(wrong)


def test_the_file_of_a_view_holds_one_object_and_is_named_after_it() -> None:
    """Other SQL files hold statements, each under a name of its own, or a step of a schema."""
    wrong = []
    for path in checkout.files(".sql"):
        created = CREATES.findall(path.read_text(encoding="utf-8"))
        inside = checkout.name(path).startswith("projections/views/")
        if inside and [name.lower() for name in created] != [path.stem.lower()]:
            wrong.append(f"{checkout.name(path)}:1: creates {', '.join(created)}")
    assert not wrong, "\n".join(wrong)


def texts(tree: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    """Every text of a module but for docstrings, with the places of values left empty."""
    idle = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    idle |= {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)
             for part in node.values}  # fmt: skip
    for node in ast.walk(tree):
        if id(node) in idle:
            continue
        if isinstance(node, ast.JoinedStr):
            yield node, "".join(str(p.value) for p in node.values if isinstance(p, ast.Constant))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node, node.value


def sql_in_python() -> Iterator[Length]:
    """SQL texts of more lines than may stand in Python, the tests left out."""
    for path in checkout.files(".py"):
        name = checkout.name(path)
        if not name.startswith("tests/"):
            for node, text in texts(ast.parse(path.read_text(encoding="utf-8"))):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if SQL.search(text) and lines > SQL_LIMIT:
                    yield Length(name, node.lineno, lines)


def test_long_sql_stands_in_files() -> None:
    allowed = tomllib.loads(LONG.read_text()).get("sql", [])
    left = {entry["what"]: entry["texts"] for entry in allowed if entry["reason"].strip()}
    seen: dict[str, list[Length]] = {}
    for one in sql_in_python():
        seen.setdefault(one.what, []).append(one)
    wrong = [
        f"{one.what}:{one.line}: SQL of {one.lines} lines, {SQL_LIMIT} are allowed in Python."
        " Put it into an SQL file beside the module."
        for name, found in seen.items()
        for one in found[left.get(name, 0) :]
    ]
    wrong += [
        f"{checkout.name(LONG)}: {name} has {len(seen.get(name, []))} long SQL texts, not {number}."
        for name, number in left.items()
        if len(seen.get(name, [])) < number
    ]
    assert not wrong, "\n".join(wrong)


def product_sql() -> Iterator[tuple[str, int, str]]:
    """Every text that the product may run as SQL: where it is, and its words."""
    for path in checkout.files(".py", ".sql"):
        name, source = checkout.name(path), path.read_text(encoding="utf-8")
        if name.startswith(("tests/", "bench/")):
            continue
        if path.suffix == ".sql":
            yield name, 1, re.sub(r"--.*", "", source)
        else:
            for node, text in texts(ast.parse(source)):
                if SQL.search(text) or "ORDER BY" in text:
                    yield name, node.lineno, text


def test_the_order_of_facts_is_written_once() -> None:
    wrong = [
        f"{name}:{line + text[: found.start()].count(chr(10))}: sort facts with f.{{order}}"
        " (projections/sql_files.py), not by their time"
        for name, line, text in product_sql()
        for found in BY_TIME.finditer(text)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("text", "sorts"),
    [
        ("SELECT f.id FROM fact AS f ORDER BY f.time, f.id", True),
        ("row_number() OVER (PARTITION BY n.issue_id\n    order by n.time DESC)", True),
        ("SELECT f.id FROM fact AS f ORDER BY epoch_us(f.time), f.id", True),
        ("SELECT arg_max(f.id, f.time) FROM fact AS f", True),
        ("SELECT f.id FROM fact AS f ORDER BY f.{order}", False),
        ("SELECT f.time FROM fact AS f ORDER BY f.position", False),
        ("(ORDER BY f.position), f.time", False),
        ("ORDER BY j.first_at, j.n LIMIT 5", False),
    ],
)
def test_what_sorts_by_time_is_found(text: str, sorts: bool) -> None:
    assert bool(BY_TIME.search(text)) is sorts


def test_who_is_a_customer_is_written_once() -> None:
    wrong = [
        f"{name}:{line}: ask for j.{{of_a_customer}} (projections/sql_files.py)"
        for name, line, text in product_sql()
        if re.search(r"\.(?:customer|party), 'customer:'\)", text)
        and name != "projections/sql_files.py"
    ]
    assert not wrong, "\n".join(wrong)
