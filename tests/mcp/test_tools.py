"""What an assistant is answered: the JSON of the command of the same name, with what it means."""

from __future__ import annotations

import asyncio
import json
import random
import re
import secrets
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from application import ask as questions
from application.access.keys import KeyHolders, NewKey, create, revoke
from application.access.personal import Asked, records
from application.access.principals import Principal
from application.embedded_home import EmbeddedHome
from application.home import Runtime
from entrypoints.mcp.meanings import definitions
from entrypoints.mcp.readers import holder_of
from entrypoints.mcp.server import server
from entrypoints.mcp.tools import Tools
from schemas.jsonform import instant_from_text
from tests.entrypoints.conftest import home as home  # noqa: PLC0414 - a fixture
from tests.entrypoints.small import AS_OF, FACTS
from tests.helpers import ROOT, ask, run

NOW = instant_from_text(AS_OF)
NAMES = {"promises", "metrics", "metric", "commitment", "chain", "due", "search"}
READER = Principal("tester", frozenset({"ask"}))


def _runtime() -> Runtime:
    return Runtime(lambda: datetime.now(UTC), time.monotonic, random.random, lambda seconds: False)


def tools(folder: Path, reader: Principal = READER, store: Any = None) -> Tools:
    return Tools(EmbeddedHome(folder, _runtime(), print), lambda: reader, lambda: NOW, store)


def called(asked: Tools, name: str, /, **arguments: object) -> Mapping[str, Any]:
    """What a client gets of a tool; its error as ``{"error": …}``."""

    async def call() -> Mapping[str, Any]:
        async with Client(server(asked)) as client:
            result = await client.call_tool(name, arguments)
            text = "".join(each.text for each in result.content)  # type: ignore[union-attr]
            if result.is_error:
                return {"error": text}
            found: Mapping[str, Any] = result.structured_content or {}
            assert json.loads(text) == found
            return found

    return asyncio.run(call())


def commitment_of(home: Path) -> str:
    (first, *_) = ask(home, ["commitments", "--as-of", AS_OF])["commitments"]
    return str(first["commitment_id"])


def without_meaning(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in answer.items() if key not in {"meaning", "definitions"}}


def test_the_answers_are_those_of_the_commands(home: Path) -> None:
    id = commitment_of(home)
    for tool, arguments, argv in (
        ("promises", {"by": ["department"]}, ["promises", "--by", "department"]),
        ("metric", {"name": "kept_agreed"}, ["metric", "kept_agreed"]),
        ("chain", {"id": id}, ["chain", id]),
    ):
        found = called(tools(home), tool, **arguments)
        assert without_meaning(found) == ask(home, [*argv, "--as-of", AS_OF])
    found = called(tools(home), "due", within="P30D", as_of=AS_OF, known_at=f"@{len(FACTS)}")
    expected = ask(home, ["due", "--within", "P30D", "--as-of", AS_OF])["due"]
    assert (found["due"], found["more"]) == (expected, 0)
    found = called(tools(home), "commitment", id=id)
    assert found["status"] == ask(home, ["commitment", id, "--as-of", AS_OF])["status"]
    assert found["meaning"]["status"]
    found = called(tools(home), "search", text=id)
    assert found["found"][0]["id"] == id
    assert found["meaning"].keys() == {"kind", "customer"}


def test_numbers_come_with_what_they_mean(home: Path) -> None:
    found = called(tools(home), "promises")
    assert found["definitions"] == definitions()
    assert "overdue, broken" in found["definitions"]["kept_rate.agreed"]["of"]
    assert called(tools(home), "metric", name="unprompted")["definition"]["gamed_by"]
    listed = called(tools(home), "metrics", family="trust")
    assert listed == ask(home, ["metrics", "--family", "trust"])
    assert all(one["definition"]["gamed_by"] for one in listed["metrics"])
    assert len(called(tools(home), "metrics")["metrics"]) > len(listed["metrics"])


def test_every_answer_says_what_it_means(home: Path) -> None:
    id = commitment_of(home)
    for tool, arguments in (
        ("promises", {}),
        ("metrics", {"family": "word"}),
        ("metric", {"name": "kept_agreed"}),
        ("commitment", {"id": id}),
        ("chain", {"id": id}),
        ("due", {"within": "P7D"}),
        ("search", {"text": id}),
    ):
        found = called(tools(home), tool, **arguments)
        assert "meaning" in found or all(one["definition"] for one in found["metrics"]), tool


def test_what_is_wrong_is_said(home: Path) -> None:
    for tool, arguments, why in (
        ("commitment", {"id": "NOWHERE"}, "the tool 'search'"),
        ("chain", {"id": "NOWHERE"}, "the tool 'search'"),
        ("promises", {"by": ["departmnt"]}, "department"),
        ("promises", {"as_of": "yesterday"}, "RFC 3339"),
        ("metric", {"name": "kept_agred"}, "kept_agreed"),
        ("metric", {"name": "nothing"}, "the tool 'metrics'"),
        ("due", {"within": "soon"}, "expected"),
        ("search", {"text": "x", "limit": 1_000}, "limit"),
        ("promises", {"nope": 1}, "among by, where, due_from, due_to, timezone, as_of, known_at,"),
        ("metrics", {"as_of": AS_OF}, "among family, saw 'as_of'"),
        ("chain", {"id": "ROSE", "ids": []}, "saw 'ids'"),
    ):
        found = called(tools(home), tool, **arguments)
        assert why in found["error"], found
        assert {*re.findall(r"the tool '(\w+)'", found["error"])} <= NAMES
        assert "Traceback" not in found["error"]


def test_where_a_fault_lies_is_for_who_runs_it_alone(
    home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*given: object) -> None:
        raise ValueError("customer:8412")

    monkeypatch.setattr(questions, "promises", fail)
    said = called(tools(home), "promises")["error"]
    assert "a fault of this program" in said
    assert not re.search(r"line|\.py|ValueError|8412", said)
    (logged,) = [each.getMessage() for each in caplog.records if "a fault" in each.getMessage()]
    assert "ValueError in mcp/test_tools.py, line" in logged
    assert "8412" not in logged


def test_every_tool_only_reads(home: Path) -> None:
    async def listed() -> list[Any]:
        async with Client(server(tools(home))) as client:
            return list((await client.list_tools()).tools)

    before = ask(home, ["promises"])["known_at"]
    found = asyncio.run(listed())
    assert {one.name for one in found} == NAMES
    for one in found:
        assert one.annotations.read_only_hint
        assert one.description
        assert one.input_schema["additionalProperties"] is False
    assert ask(home, ["promises"])["known_at"] == before


def test_personal_fields_are_withheld_unless_a_key_may_read_them(
    home: Path, tmp_path: Path
) -> None:
    (made,) = [fact for fact in FACTS if fact["type"] == "commitment.made"][:1]
    id = str(made["data"]["commitment_id"])
    said = "what was said at the counter"
    copy = tmp_path / "home"
    fact = {**made, "id": "0c9f0b5e-7d0e-4b8e-9d5e-2f1f0f3f4a12"}
    fact["data"] = {**made["data"], "commitment_id": "SAID", "wording": said}
    assert run(copy, ["emit", "-"], json.dumps(fact).encode()).code == 0
    found = called(tools(copy), "commitment", id="SAID")
    assert (found["personal"], said in json.dumps(found)) == ("withheld", False), id
    allowed = Principal("counter", frozenset({"ask", "personal"}))
    with tools(copy).home.access(begin=True) as store:
        found = called(tools(copy, allowed, store), "commitment", id="SAID")
        assert found["history"][0]["data"]["wording"] == said
        (record,) = records(store, Asked())["records"]
        assert (record["who"], record["what"]) == ("counter", "mcp commitment")


def test_a_process_answers_over_its_standard_streams(home: Path) -> None:
    command = StdioServerParameters(
        command=sys.executable,
        args=["-P", "-m", "entrypoints", "mcp", "--home", str(home)],
        env={"PYTHONPATH": str(ROOT)},
        cwd=str(ROOT),
    )

    async def asked() -> Any:
        async with Client(stdio_client(command)) as client:
            return await client.call_tool("promises", {"as_of": AS_OF})

    found = asyncio.run(asked())
    assert not found.is_error
    assert found.structured_content["counts"] == ask(home, ["promises", "--as-of", AS_OF])["counts"]


def test_a_key_that_is_none_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tools(home).home.access(begin=True) as store:
        key = create(store, NewKey(name="service", scopes=["operate"]), NOW, secrets.token_bytes)
    for token, seen in (("pk_nobodys", "one that is not known"), (key["key"], "one without it")):
        monkeypatch.setenv("PLEDGER_KEY", token)
        outcome = run(home, ["mcp"])
        assert (outcome.code, seen in outcome.err, token in outcome.err) == (2, True, False)


def test_a_key_that_is_good_no_more_reads_nothing(tmp_path: Path) -> None:
    home = EmbeddedHome(tmp_path / "home", _runtime(), print)
    now = [NOW]
    with home.access(begin=True) as store, closing(KeyHolders(store, lambda: now[0])) as holders:

        def holding(name: str, expires: str | None = None) -> Tools:
            new = NewKey(name=name, scopes=["ask"], expires=expires)
            token = create(store, new, NOW, secrets.token_bytes)["key"]
            return Tools(home, holder_of(holders, token, "PLEDGER_KEY"), lambda: now[0], store)

        revoked, expired = holding("revoked"), holding("expired", "PT1H")
        for each in (revoked, expired):
            assert "counts" in called(each, "promises")
        revoke(store, "revoked", NOW)
        assert "good no more" in called(revoked, "promises")["error"]
        assert "counts" in called(expired, "promises")
        now[0] += timedelta(hours=1)
        assert "good no more" in called(expired, "metrics")["error"]
