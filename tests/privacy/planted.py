"""A secret, planted in every place from which a fact, or a message on the topic, may be refused."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from uuid import UUID

from ledger.envelope import ATTRIBUTES
from ledger.kafka.message import Message, message_of
from ledger.port import EventData
from schemas import catalogue, codec, jsonform
from schemas.catalogue import Field

SECRET = "geheimnis Äx9"
#: As it may stand where small letters and digits alone are taken, and as a number.
NAME, NUMBER = "geheimnisx9", 4_915_771_234_567
#: What must be nowhere, in small letters.
TRACES = ("geheim", "4915771", "4,915,771", b"geheim".hex(), "Z2VoZWlt".lower())

#: What fits hardly anywhere, or in some kind of field alone.
WRONG: tuple[object, ...] = (
    SECRET,
    NAME,
    f"{SECRET}\0",
    f"{SECRET}\x1b[31m",
    f"2026-03-02 {SECRET}",
    f"2026-03-02T09:00:00Z{SECRET}",
    NUMBER,
    -NUMBER * 10**30,
    NUMBER + 0.5,
    [SECRET],
    [NUMBER],
    ["a", f"{SECRET}\0"],
    {SECRET: SECRET},
    {},
    True,
    None,
)


def traces(text: str) -> list[str]:
    """What of the secret is in a text."""
    return [each for each in TRACES if each in text.lower()]


def numbered() -> Iterator[str]:
    """Ids of facts, each once."""
    return (str(UUID(int=(0x7 << 76) | (0x8 << 60) | number)) for number in range(1, 2**40))


def event(id: str, type: str, data: object, /, **more: object) -> dict[str, object]:
    """A good envelope around a body; ``more`` in place of some of its attributes."""
    return {
        "specversion": "1.0",
        "id": id,
        "type": type,
        "source": "/care/desk",
        "subject": "customer:1",
        "time": "2026-03-02T09:00:00Z",
        "data": data,
    } | more


def body(type: str) -> dict[str, object]:
    """A good body of a type, in JSON."""
    return jsonform.to_json(
        type, {field.name: _good(field) for field in catalogue.fields(type) if field.required}
    )


#: What is good in fields that take less than any value of their kind.
NAMED: Mapping[str, object] = {
    "currency": "EUR",
    "party_a": "customer:1",
    "party_b": "customer:2",
    "respondents": 5,
    "timezone": "UTC",
    "weekly": ("mon 09:00-12:00",),
    "due": "P1D",
}


def _good(field: Field) -> object:
    goods: dict[str, object] = {
        "string": "a",
        "strings": (),
        "int": 1,
        "long": 1,
        "double": 1.0,
        "boolean": True,
        "timestamp": datetime(2026, 3, 2, tzinfo=UTC),
    }
    if field.name in NAMED:
        return NAMED[field.name]
    return field.symbols[0] if field.kind == "enum" else goods[field.kind]


def lines() -> Iterator[bytes]:
    """Lines of JSON with the secret in each place once. Some of them are facts."""
    ids = numbered()
    for made in _events(ids):
        yield json.dumps(made).encode()
    good = json.dumps(event(next(ids), "commitment.made", body("commitment.made")))
    for text in (
        good.replace("a", SECRET)[:-9],
        f'{good} {{"{SECRET}": 1}}',
        good.replace('"data"', f'"{SECRET}": 1, "{SECRET}": 2, "data"'),
        good.replace('"about": "a"', f'"{SECRET}": 1, "{SECRET}": 2, "about": "a"'),
        good.replace('"about": "a"', f'"about": {SECRET}'),
        good.replace('"about": "a"', f'"about": NaN, "wording": "{SECRET}"'),
        good.replace('"about": "a"', f'"about": {"9" * 5_000}, "wording": "{SECRET}"'),
        good.replace('"about": "a"', f'"about": "\\ud800{SECRET}"'),
        f'["{SECRET}"]',
        f'"{SECRET}"',
        SECRET,
        f'{{"id": "{SECRET}"',
        f'{{"{SECRET}": ' * 2_000,
    ):
        yield text.encode("utf-8", "surrogatepass")
    yield good.replace("a", SECRET).encode("latin-1")
    yield good.replace("a", SECRET).encode("utf-16")
    yield SECRET.encode() * 200_000


def _events(ids: Iterator[str]) -> Iterator[dict[str, object]]:
    for type in catalogue.TYPES:
        good = body(type)
        for field in catalogue.fields(type):
            for wrong in WRONG:
                yield event(next(ids), type, {**good, field.name: wrong})
        for name in (SECRET, NAME, "a" * 300 + SECRET):
            yield event(next(ids), type, {**good, name: SECRET})
    for name in (*sorted(ATTRIBUTES - {"id", "data"}), "traceparent", NAME, SECRET):
        for wrong in WRONG:
            yield event(next(ids), "commitment.made", body("commitment.made"), **{name: wrong})
    for wrong in WRONG:
        yield event(next(ids), "commitment.made", wrong)
        yield event("", "commitment.made", {}, id=wrong)
    taken = next(ids)
    for text in ("a", SECRET):
        yield event(taken, "issue.resolved", {"issue_id": text})
    for wire in broken_bytes(random.Random(1)):
        encoded = base64.b64encode(wire).decode()
        made = event(next(ids), "commitment.made", None, data_base64=encoded)
        yield made
        yield made | {"id": next(ids), "data_base64": f"{encoded}{SECRET}"}


def broken_bytes(dice: random.Random) -> Iterator[bytes]:
    """Wire bytes of a body with the secret in its texts, cut and changed."""
    said = {"commitment_id": SECRET, "about": SECRET, "refs": [SECRET], "wording": SECRET}
    wire = codec.encode("commitment.made", said)
    yield from (wire[:length] for length in range(0, len(wire), 3))
    for _ in range(200):
        at = dice.randrange(len(wire))
        yield wire[:at] + bytes([dice.randrange(256)]) + wire[at + 1 :]
    yield SECRET.encode()
    yield wire + SECRET.encode()
    yield wire.replace(SECRET.encode(), SECRET.encode("latin-1").ljust(len(SECRET.encode())))


def messages() -> Iterator[Message]:
    """Messages of the topic with the secret in each of their parts."""
    wire = codec.encode("commitment.made", {"commitment_id": SECRET, "about": SECRET})
    fact = EventData(
        next(numbered()), "commitment.made", "/care/desk", "customer:1", 1_772_442_000_000_000, wire
    )
    key, value, headers = message_of(fact)
    values = (SECRET.encode(), NAME.encode(), SECRET.encode("latin-1"), b"", f"{SECRET}\0".encode())
    names = {name for name, _ in headers} | {"ce_sequence", "ce_correlationid", "ce_data"}
    for name in (*sorted(names), "ce_dataschema", "ce_position", f"ce_{NAME}", f"ce_{SECRET}"):
        for text in values:
            others = [pair for pair in headers if pair[0] != name]
            yield Message(0, 1, 0, key, value, (*others, (name, text)))
        yield Message(0, 1, 0, key, value, (*headers, (name, SECRET.encode()), (name, b"\xff")))
        yield Message(0, 1, 0, key, value, tuple(pair for pair in headers if pair[0] != name))
    yield Message(0, 1, 0, SECRET.encode(), value, tuple(headers))
    for broken in (None, *broken_bytes(random.Random(2))):
        yield Message(0, 1, 0, key, broken, tuple(headers))


def fuzzed(dice: random.Random, count: int) -> Iterator[bytes]:
    """So many lines: good ones with the secret in them, of which some bytes were changed, doubled,
    taken away or moved."""
    ids = numbered()
    types = sorted(catalogue.TYPES)
    for _ in range(count):
        type = dice.choice(types)
        line = bytearray(json.dumps(_with_secrets(next(ids), type, dice)).encode())
        for _ in range(dice.choice((0, 1, 1, 2, 5))):
            at, end = sorted((dice.randrange(len(line)), dice.randrange(len(line))))
            end = min(end, at + 30)
            match dice.randrange(4):
                case 0:
                    line[at : at + 1] = bytes([dice.randrange(256)])
                case 1:
                    line[at:at] = line[at:end]
                case 2:
                    del line[at:end]
                case _:
                    place = dice.randrange(len(line))
                    line[place:place] = dice.choice(_TOKENS)
            line = line or bytearray(b"{")
        yield bytes(line).replace(b"\n", b" ")


_TOKENS = (b'"', b"{", b"}", b"[", b",", b":", b"\\u0000", b"\\ud800", b"NaN", b"1e999", b"null")


def _with_secrets(id: str, type: str, dice: random.Random) -> Mapping[str, object]:
    data = body(type)
    for field in dice.sample(catalogue.fields(type), k=min(2, len(catalogue.fields(type)))):
        data[field.name] = dice.choice(WRONG)
    made = event(id, type, data)
    if dice.random() < 0.5:
        made[dice.choice([*sorted(made), NAME, SECRET])] = dice.choice(WRONG)
    return made
