"""How an envelope is put around a body, whichever way a fact comes."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from ledger.envelope import FACT_LIMIT, Envelope, NotAFact, text_of, time_of
from schemas import codec
from schemas.errors import Refused

SAID = Envelope(
    "0192f5c8-7e3a-7b1c-9d2e-3f4a5b6c7d8e",
    "commitment.made",
    "/care/phone",
    "customer:8412",
    1_772_355_600_000_000,
    sequence="7",
)
FIELDS = {"commitment_id": "C-1", "about": "delivery", "wording": "by Friday"}


def test_a_fact_is_its_envelope_and_the_wire_bytes_of_its_fields() -> None:
    fact = SAID.seal(FIELDS, [("traceparent", "00-ab"), ("empty", "")])
    assert fact == (*SAID[:5], codec.encode(SAID.type, FIELDS), *SAID[5:], fact.extensions)
    assert fact.extensions == {"traceparent": "00-ab", "empty": ""}
    assert SAID.around(fact.body, (fact.extensions or {}).items()) == fact
    assert SAID.around(fact.body).extensions is None


def test_fields_can_be_transformed_before_they_are_sealed() -> None:
    """As it is to be with personal text, by a key of the subject."""

    def veiled(said: Envelope, fields: Mapping[str, object]) -> Mapping[str, object]:
        return {**fields, "wording": f"{said.subject}'s"}

    fact = SAID.seal(FIELDS, transform=veiled)
    assert codec.decode(fact.body)[1] == {
        **codec.decode(SAID.seal(FIELDS).body)[1],
        "wording": "customer:8412's",
    }
    assert FIELDS["wording"] == "by Friday"


def test_what_does_not_fit_is_no_fact() -> None:
    with pytest.raises(Refused, match="commitment.made about: expected a value; saw nothing"):
        SAID.seal({"commitment_id": "C-1"})
    with pytest.raises(NotAFact, match="rename it, or put it in data"):
        SAID.seal(FIELDS, [("traceParent", "x")])
    with pytest.raises(NotAFact, match="of 5 characters: expected text without control"):
        SAID.around(b"", [("trace", "a\x1b[31m")])
    with pytest.raises(NotAFact) as problem:
        SAID.around(b"x" * FACT_LIMIT)
    assert problem.value.reason == str(problem.value)
    assert problem.value.reason.startswith("expected a fact of at most 262,144 bytes, saw 262,")


def test_an_instant_as_text() -> None:
    assert time_of("1970-01-01T01:00:00.5+01:00") == 500_000
    with pytest.raises(NotAFact, match=r"^ce_time: expected .*; saw text of 3 characters$"):
        time_of("now", "ce_time")
    with pytest.raises(NotAFact, match="^time: expected an instant .*; saw text of 8 characters$"):
        time_of("Jean D'A")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("", ""),
        ("x", "x"),
        (True, "true"),
        (0.1, "0.1"),
        (10**400, "1" + "0" * 400),
        (float("inf"), None),
        (None, None),
        ([], None),
    ],
)
def test_an_extension_as_text(value: object, text: str | None) -> None:
    assert text_of(value) == text
