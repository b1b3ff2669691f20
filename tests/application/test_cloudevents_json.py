"""What the door lets in, and what it says to what it does not."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.cloudevents_json import Rejected, read_event
from application.json_line import LINE_LIMIT
from ledger.envelope import envelope_problem
from schemas import catalogue, codec

ID = "0192f5c8-7e3a-7b1c-9d2e-3f4a5b6c7d8e"
NAME = "Madeleine Ferrand"
GOOD: dict[str, Any] = {
    "specversion": "1.0",
    "id": ID,
    "type": "commitment.made",
    "source": "/care/phone",
    "subject": "customer:8412",
    "time": "2026-03-01T10:00:00+01:00",
    "data": {"commitment_id": "C-1", "about": "delivery", "due_at": "2026-03-05T17:00:00Z"},
}


def line(**changes: object) -> bytes:
    """The good event with some attributes changed; those set to ``...`` are left out."""
    event = {**GOOD, **changes}
    return json.dumps({name: value for name, value in event.items() if value is not ...}).encode()


def body(**changes: object) -> bytes:
    return line(data={**GOOD["data"], **changes})


def rejection(content: bytes) -> Rejected:
    with pytest.raises(Rejected) as caught:
        read_event(content)
    assert caught.value.why == str(caught.value)
    assert "\n" not in caught.value.why
    return caught.value


def outcome(content: bytes) -> str | None:
    """The id of the fact, or the id that the reason names; anything else that is raised fails."""
    try:
        return read_event(content).id
    except Rejected as problem:
        if not problem.why:
            raise AssertionError("no reason was given") from problem
        return problem.id


def test_a_good_event_becomes_a_fact() -> None:
    fact = read_event(
        line(correlationid="T-1", sequence=7, traceparent="00-ab-cd-01", sampled=True)
    )
    assert fact.id == ID
    assert (fact.type, fact.source, fact.subject) == (
        "commitment.made",
        "/care/phone",
        "customer:8412",
    )
    assert fact.time == 1_772_355_600_000_000
    assert (fact.correlationid, fact.causationid, fact.sequence) == ("T-1", None, "7")
    assert fact.extensions == {"traceparent": "00-ab-cd-01", "sampled": "true"}
    type, quarantined = codec.decode(fact.body)
    assert type == "commitment.made"
    assert quarantined["commitment_id"] == "C-1"


@pytest.mark.parametrize(
    "id",
    [
        ID,
        ID.upper(),
        ID.replace("-", ""),
        f"urn:uuid:{ID}",
        f"URN:UUID:{ID.upper()}",
        f"{{{ID}}}",
    ],
)
def test_an_id_in_any_usual_form_is_one_id(id: str) -> None:
    assert read_event(line(id=id)).id == ID


@pytest.mark.parametrize(
    ("time", "microseconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01t00:00:00z", 0),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1970-01-01T00:00:00-00:00", 0),
        ("1969-12-31T23:59:59.999999Z", -1),
        ("1970-01-01T00:00:00.5Z", 500_000),
        ("1970-01-01T00:00:00.123456789Z", 123_456),
        ("0001-01-01T00:00:00Z", -62_135_596_800_000_000),
        ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
    ],
)
def test_times_that_are_instants(time: str, microseconds: int) -> None:
    assert read_event(line(time=time)).time == microseconds


@pytest.mark.parametrize(
    "time",
    [
        "2026-03-01T10:00:00",
        "2026-03-01 10:00:00Z",
        "2026-03-01",
        "2026-02-29T10:00:00Z",
        "2026-13-01T10:00:00Z",
        "2026-03-01T25:00:00Z",
        "2026-03-01T10:60:00Z",
        "2016-12-31T23:59:60Z",
        "2026-03-01T10:00:00+25:00",
        "2026-03-01T10:00:00.Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "10000-01-01T00:00:00Z",
        "٢٠٢٦-03-01T10:00:00Z",
        "",
        "now",
    ],
)
def test_times_that_are_none(time: str) -> None:
    problem = rejection(line(time=time))
    assert problem.why.startswith("time: expected an instant")
    assert problem.id == ID
    problem = rejection(body(due_at=time))
    assert "due_at" in problem.why


DEEP = b'{"specversion":"1.0","data":' + b"[" * 200_000 + b"]" * 200_000 + b"}"
HUGE = b'{"specversion":"1.0","sequence":1' + b"0" * 5_000 + b"}"

#: (bytes, what the reason says, whether the id could be read)
HOSTILE: dict[str, tuple[bytes, str, bool]] = {
    "nothing": (b"", "cut short", False),
    "cut in the middle": (line()[:-20], "cut short", True),
    "cut in a text": (line()[:85], "cut short", True),
    "cut before the id": (line()[:40], "cut short", False),
    "no JSON": (b"hello", "column 1", False),
    "two objects": (line() + b" " + line(), "more text after it", True),
    "single quotes": (b"{'id': 1}", "column 2", False),
    "trailing comma": (b'{"id": "x",}', "saw something else", False),
    "an array": (b"[" + line() + b"]", "saw an array", True),
    "a text": (b'"x"', "saw text", False),
    "null": (b"null", "saw null", False),
    "a byte order mark": (b"\xef\xbb\xbf" + line(), "byte order mark", True),
    "NUL bytes": (b"\0" * 40, "a NUL byte", False),
    "NUL inside": (line().replace(b"phone", b"ph\0ne"), "a NUL byte", True),
    "UTF-16": (line().decode().encode("utf-16"), "a NUL byte", False),
    "a raw control character": (line().replace(b"phone", b"ph\x01ne"), "control character", True),
    "no UTF-8": (line().replace(b"phone", b"ph\xffne"), "expected UTF-8", True),
    "Latin-1": (body(about="été").replace(b"\\u00e9", b"\xe9"), "expected UTF-8", True),
    "an escaped NUL": (body(about="a\0b"), "(NUL)", True),
    "a lone surrogate": (body(about="\ud800"), "surrogate", True),
    "a lone surrogate in a name": (line(data={"\udfff": 1}), "surrogate", True),
    "duplicate keys": (
        line()[:-1] + b', "subject": "customer:1"}',
        '"subject" more than once',
        True,
    ),
    "two ids": (line()[:-1] + f', "id": "{ID[:-1]}0"}}'.encode(), '"id" more than once', False),
    "duplicate keys inside": (
        line().replace(b'"about"', b'"commitment_id"'),
        '"commitment_id" more than once',
        True,
    ),
    "NaN": (body(about=float("nan")), "NaN", True),
    "Infinity": (body(about=float("inf")), "Infinity", True),
    "-Infinity": (body(about=float("-inf")), "-Infinity", True),
    "a number beyond a double": (
        line().replace(b'"delivery"', b"1e999"),
        "that a double can hold",
        True,
    ),
    "deep nesting": (DEEP, "nested too deep", False),
    "an integer of 5000 digits": (HUGE, "thousands of digits", False),
    "a line that is too long": (b" " * (LINE_LIMIT + 1), "at most 2,097,152 bytes", False),
    "no specversion": (line(specversion=...), "specversion: expected text, saw nothing", True),
    "specversion as a number": (line(specversion=1.0), "specversion: expected text", True),
    "another specversion": (line(specversion="0.3"), 'expected "1.0", saw text of 3', True),
    "no id": (line(id=...), "id: expected text, saw nothing", False),
    "an id that is a number": (line(id=12), "id: expected text, saw a number", False),
    "an id that is none": (line(id="order-12"), "id: expected a UUID", False),
    "an id with underscores": (line(id=ID.replace("-", "_")), "id: expected a UUID", False),
    "an id in hexadecimal": (line(id="0x" + "1" * 30), "id: expected a UUID", False),
    "no type": (line(type=...), "type: expected text", True),
    "an unknown type": (line(type="comitment.made"), "did you mean commitment.made?", True),
    "a type unlike any": (line(type="x"), "see the catalogue", True),
    "no source": (line(source=...), "source: expected text", True),
    "a source without system": (line(source="/care"), "expected /department/system", True),
    "a source without slash": (line(source="care/phone"), "expected /department/system", True),
    "a source with a hole": (line(source="/care//phone"), "expected /department/system", True),
    "a source with an end": (line(source="/care/"), "expected /department/system", True),
    "a source with a space": (line(source="/customer care/phone"), "no spaces", True),
    "no subject": (line(subject=...), "subject: expected text", True),
    "an empty subject": (line(subject=""), "subject: expected kind:name", True),
    "a subject without kind": (line(subject="8412"), "subject: expected kind:name", True),
    "a subject without name": (line(subject="customer:"), "subject: expected kind:name", True),
    "a subject in capitals": (line(subject="Customer:8412"), "lower-case", True),
    "a subject with an end": (line(subject="customer:8412 "), "trim it", True),
    "a subject with a control": (line(subject="customer:84\n12"), "control characters", True),
    "no time": (line(time=...), "time: expected text", True),
    "a time as a number": (line(time=1772355600), "time: expected text, saw a number", True),
    "recordedtime": (
        line(recordedtime="2026-03-01T10:00:00Z"),
        "recordedtime: expected none",
        True,
    ),
    "position": (line(position=3), "position: expected none", True),
    "another content type": (line(datacontenttype="text/xml"), "datacontenttype: expected", True),
    "a correlationid as a number": (line(correlationid=5), "put it in quotes", True),
    "an empty causationid": (line(causationid=""), "leave the attribute out", True),
    "a sequence as a boolean": (line(sequence=True), "saw a boolean", True),
    "a sequence with a fraction": (line(sequence=1.5), "saw a number", True),
    "an attribute in capitals": (line(traceParent="x"), "of 11 characters: rename it", True),
    "an attribute with parts": (line(trace={"a": 1}), "belongs in data", True),
    "an attribute with a control": (line(trace="a\x1b[31m"), "control characters", True),
    "no data": (line(data=...), "data: expected an object", True),
    "data as text": (line(data="{}"), "data: expected an object", True),
    "data as an array": (line(data=[]), "data: expected an object", True),
    "an unknown field": (body(colour="red"), "another name (text of 6", True),
    "a missing field": (line(data={"about": "delivery"}), "commitment_id", True),
    "a field of another type": (body(commitment_id=12), "commitment_id", True),
    "a boolean as text": (body(feasibility_checked="yes"), "feasibility_checked", True),
    "a symbol that is none": (body(kind="wish"), "kind", True),
    "refs with a number": (body(refs=["order:1", 2]), "refs", True),
    "a schema id that does not exist": (
        line(dataschema="pledger:schema/999999"),
        "an id that no schema has",
        True,
    ),
    "a schema of another type": (
        line(dataschema=f"pledger:schema/{catalogue.schema_id('commitment.honoured')}"),
        "the id of commitment.honoured",
        True,
    ),
    "a schema without id": (line(dataschema="https://example.com/made"), "schema id at its", True),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_is_rejected_with_its_reason(name: str) -> None:
    content, why, told = HOSTILE[name]
    problem = rejection(content)
    assert why in problem.why
    assert problem.id == (ID if told else None)


def test_a_reason_tells_nothing_personal() -> None:
    for content in (
        line(subject=NAME),
        line(subject=f"Customer:{NAME}"),
        line(time=NAME),
        line(type=NAME),
        line(source=NAME),
        line(id=NAME),
        line(specversion=NAME),
        line(dataschema=NAME),
        line(datacontenttype=NAME),
        line(data=NAME),
        line(traceparent={NAME: NAME}),
        line(**{NAME: 1}),
        body(wording=[NAME]),
        body(wording={"text": NAME}),
        line().replace(b'"delivery"', json.dumps(NAME).encode() + b" oops"),
    ):
        assert NAME not in rejection(content).why


def test_null_means_that_an_attribute_is_not_there() -> None:
    names = ["correlationid", "causationid", "sequence", "recordedtime", "position"]
    names += ["dataschema", "datacontenttype", "data_base64", "traceparent"]
    absent: dict[str, object] = dict.fromkeys(names)
    assert read_event(line(**absent)) == read_event(line())


@pytest.mark.parametrize("form", ["{}", "pledger:schema/{}", "https://r.example/schemas/ids/{}"])
def test_a_schema_that_exists(form: str) -> None:
    given = form.format(catalogue.schema_id("commitment.made"))
    assert read_event(line(dataschema=given)) == read_event(line())


def test_a_content_type_with_parameters() -> None:
    assert read_event(line(datacontenttype="Application/JSON; charset=utf-8")) == read_event(line())


def test_the_same_content_as_wire_bytes_is_the_same_fact() -> None:
    wire = base64.b64encode(read_event(line()).body).decode()
    given = line(data=..., data_base64=wire, datacontenttype="application/avro")
    assert read_event(given) == read_event(line())


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"data_base64": "%%%"}, "expected base64"),
        ({"data_base64": "é"}, "expected base64"),
        ({"data_base64": 5}, "saw a number"),
        ({"data_base64": ""}, "data_base64"),
        ({"data_base64": base64.b64encode(b"\0\x7f\0\0\0").decode()}, "schema id"),
        ({"data_base64": base64.b64encode(b"\1\0\0\0\1").decode()}, "zero byte"),
        ({"data_base64": base64.b64encode(read_event(line()).body[:-3]).decode()}, "data_base64"),
        ({"data_base64": base64.b64encode(read_event(line()).body + b"x").decode()}, "bytes"),
        ({"data_base64": "AAAA", "data": {}}, "saw both"),
        ({"data_base64": "AAAA", "datacontenttype": "application/json"}, "application/avro"),
    ],
)
def test_wire_bytes_that_are_refused(changes: dict[str, object], why: str) -> None:
    assert why in rejection(line(**{"data": ..., **changes})).why


def test_wire_bytes_of_another_type_are_refused() -> None:
    honoured = codec.encode("commitment.honoured", {"commitment_id": "C-1"})
    given = line(data=..., data_base64=base64.b64encode(honoured).decode())
    assert "expected the body of commitment.made, saw that of" in rejection(given).why


def test_a_fact_has_its_limit_and_not_its_line() -> None:
    large = "\u00e9" * 120_000  # 240,000 bytes as kept, 720,000 as escapes
    assert len(body(wording=large)) > 700_000
    assert read_event(body(wording=large)).type == "commitment.made"
    assert "256" in rejection(body(wording="x" * 300_000)).why.replace("262144", "256 KiB")
    assert "at most 262,144 bytes" in rejection(line(traceparent="x" * 300_000)).why


def test_the_rules_of_the_envelope_in_words() -> None:
    assert envelope_problem("/care/phone", "customer:8412") is None
    assert envelope_problem("/état-civil/guichet", "customer:a b", "c", "d", "5") is None
    assert "source" in (envelope_problem("care", "customer:1") or "")
    assert "subject" in (envelope_problem("/care/phone", "x") or "")
    assert "correlationid" in (envelope_problem("/care/phone", "customer:1", "") or "")
    assert "sequence" in (envelope_problem("/care/phone", "customer:1", None, None, "\0") or "")


@given(st.binary(max_size=200))
def test_any_bytes_are_rejected_and_nothing_else(content: bytes) -> None:
    rejection(content)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from([*GOOD, "sequence", "traceparent", "dataschema", "data_base64"]), JSON)
def test_any_value_of_an_attribute_is_a_fact_or_a_reason(name: str, value: object) -> None:
    outcome(line(**{name: value}))


@given(st.sampled_from([field.name for field in catalogue.fields("commitment.made")]), JSON)
def test_any_value_of_a_field_is_a_fact_or_a_reason(name: str, value: object) -> None:
    assert outcome(body(**{name: value})) == ID


@given(st.integers(0, len(line()) - 1), st.integers(0, 255))
def test_any_changed_byte_is_a_fact_or_a_reason(at: int, byte: int) -> None:
    content = bytearray(line())
    content[at] = byte
    outcome(bytes(content))
