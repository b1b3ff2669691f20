"""The messages of the product about stored data, servers and disks, as the page for operators has
them: collected from the code that raises them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from domain.errors import worded
from entrypoints.cli.remedies import words_of
from entrypoints.cli.system_errors import KNOWN
from tests.house import checkout

#: Where a message comes from that an operator has to act upon; and what is no business of theirs:
#: how a question or a fact has to be written.
RAISING = ("application/", "consumers/", "ledger/", "projections/")
ASIDE = (
    "application/access/keys.py",
    "application/ask.py",
    "application/cloudevents_json.py",
    "application/desk.py",
    "application/desk_verbs.py",
    "application/emit.py",
    "application/held.py",
    "application/importing/",
    "application/json_line.py",
    "application/metrics.py",
    "application/one_session.py",
    "application/parameters.py",
    "application/promise_keys.py",
    "application/question.py",
    "application/request_checks.py",
    "application/schema_registry.py",
    "application/what_if.py",
    "ledger/body_rules.py",
    "projections/duckdb/adhoc_sql.py",
    "projections/duckdb/import_",
    "projections/postgres/adhoc_sql.py",
    "projections/queries/",
)
#: Errors that are told in other words before anybody reads them, or are about a call alone.
UNSEEN = frozenset({"Conflict", "NoCursor", "OutOfRange", "QueryRefused", "Unfoldable"})
#: Where the faults of a topic are made: they are answers of ``topic check``, each with its remedy.
FAULTS = ("application/topic.py", "ledger/kafka/topic_admin.py")
ANY = "…"


class Message(NamedTuple):
    """A message as the page has it, and where it is raised."""

    text: str
    place: str


def flat(text: str) -> str:
    """A text with single blanks, and one sign for what is filled in."""
    return re.sub(r"…(?:[:.,]? ?…)+", ANY, " ".join(text.split()))


def messages() -> list[Message]:
    """Every message, in the order of the code."""
    sources = {
        checkout.name(path): ast.parse(path.read_text(encoding="utf-8"))
        for path in checkout.files(".py")
        if checkout.name(path).startswith(("domain/", *RAISING))
    }
    kinds = _kinds(sources.values())
    found = [
        Message(told, f"{name}:{line}")
        for name, tree in sources.items()
        if name.startswith(RAISING) and not name.startswith(ASIDE)
        for line, told in _raised(tree, kinds | ({"Fault"} if name in FAULTS else set()))
    ]
    found += [
        Message(
            _message(expected.replace("{}", ANY), seen, remedy), "entrypoints/cli/system_errors"
        )
        for expected, seen, remedy in KNOWN.values()
    ]
    return list({message.text: message for message in found}.values())


def _kinds(trees: Iterable[ast.Module]) -> set[str]:
    """The names of ``Problem`` and of all that is under it."""
    classes = [
        (node.name, {ast.unparse(base).rpartition(".")[2] for base in node.bases})
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    ]
    kinds = {"Problem"}
    while more := {name for name, bases in classes if bases & kinds} - kinds:
        kinds |= more
    return kinds


def _raised(tree: ast.Module, kinds: set[str]) -> Iterator[tuple[int, str]]:
    """Each call that makes a problem, with its line and its message."""
    texts = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    own = {
        id(call): node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and node.name in kinds
        for call in ast.walk(node)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func).rpartition(".")[2]
        if name == "__init__":
            name = own.get(id(node), "")
        if name not in kinds - UNSEEN:
            continue
        clauses = [_text(argument, texts) for argument in node.args]
        clauses += [_text(one.value, texts) for one in node.keywords if one.arg == "remedy"]
        if name == "Fault":
            clauses = clauses[1:]
        told = _message(*clauses[:3])
        if len(re.findall(r"\w+", " ".join(clauses))) > 2:  # not one that hands on another's words
            yield node.lineno, told


def _message(expected: str, seen: str = ANY, remedy: str = "") -> str:
    told = f"expected {expected}, saw {seen}"
    return flat(f"{told}; {worded(remedy, words_of)}" if remedy else told)


def _text(node: ast.expr, texts: dict[str, ast.expr]) -> str:
    """A text of the code, with a sign for what is filled in when it runs."""
    match node:
        case ast.Constant():
            return str(node.value)
        case ast.JoinedStr():
            return "".join(_text(part, texts) for part in node.values)
        case ast.FormattedValue():
            return _text(node.value, texts)
        case ast.Name() if node.id in texts:
            return _text(texts[node.id], texts)
        case _:
            return ANY


def events() -> dict[str, str]:
    """What workers log as a warning or worse, with where."""
    found = {}
    for path in checkout.files(".py"):
        name = checkout.name(path)
        if name.startswith(("consumers/", "application/")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                match node:
                    case ast.Call(
                        func=ast.Attribute(attr="warning" | "error" | "critical"),
                        args=[ast.Constant(value=str(event)), *_],
                    ):
                        found[event] = f"{name}:{node.lineno}"
    return found
