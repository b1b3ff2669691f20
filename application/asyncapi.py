"""The topic of facts as an AsyncAPI 3 document: one channel, and a message for each type.

The attributes of a fact are headers, as the Kafka binding of CloudEvents has them in binary mode;
the body is Avro behind a header with the id of its schema.
"""

from __future__ import annotations

from typing import Any

from ledger.envelope import OPTIONAL, REQUIRED, SPECVERSION
from ledger.kafka.message import CONTENT_TYPE, PREFIX
from schemas import catalogue

VERSION = "3.0.0"
#: The name of the channel within the document.
CHANNEL = "facts"

_AVRO = "application/vnd.apache.avro+json;version=1.9.0"
_BINDING = "0.5.0"
_ABOUT: dict[str, dict[str, Any]] = {
    "specversion": {"const": SPECVERSION},
    "id": {"format": "uuid", "description": "The same id twice is the same fact."},
    "source": {"description": "/department/system", "examples": ["/care/phone"]},
    "subject": {
        "description": "Whom it is about, and the key of the message.",
        "examples": ["customer:8412"],
    },
    "time": {"format": "date-time", "description": "When it happened."},
    "correlationid": {"description": "What belongs together."},
    "causationid": {"description": "The id of the fact that led to it."},
    "sequence": {"description": "The order of the facts of one source at one instant."},
}


def document(topic: str) -> dict[str, Any]:
    """The document for a topic of this name."""
    return {
        "asyncapi": VERSION,
        "info": {
            "title": "Pledger: facts",
            "version": "0.1.0",
            "description": "What customers lived and what they were promised, one fact a message."
            " Further attributes of a fact are further headers, ce_ before their names.",
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {
            CHANNEL: {
                "address": topic,
                "messages": {
                    type: _ref("components", "messages", type) for type in catalogue.TYPES
                },
                "bindings": {"kafka": {"topic": topic, "bindingVersion": _BINDING}},
            }
        },
        "operations": {
            "receiveFact": {
                "action": "receive",
                "channel": _ref("channels", CHANNEL),
                "summary": "Whatever is written to the topic becomes part of the ledger.",
            },
            "sendFact": {
                "action": "send",
                "channel": _ref("channels", CHANNEL),
                "summary": "What is posted over HTTP, emitted or decided at the desk is written"
                " there.",
            },
        },
        "components": {
            "messages": {type: _message(type) for type in catalogue.TYPES},
        },
    }


def _message(type: str) -> dict[str, Any]:
    """A type of fact as a message."""
    schema = catalogue.avsc(type)
    return {
        "name": type,
        "title": catalogue.record_name(type),
        "summary": schema.get("doc", type),
        "contentType": CONTENT_TYPE,
        "headers": _headers(type),
        "payload": {"schemaFormat": _AVRO, "schema": schema},
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": "The subject."},
                "schemaIdLocation": "payload",
                "schemaIdPayloadEncoding": "confluent",
                "bindingVersion": _BINDING,
            }
        },
    }


def _headers(type: str) -> dict[str, Any]:
    """The headers of a message of a type, as JSON Schema."""
    about = {**_ABOUT, "type": {"const": type}}
    return {
        "type": "object",
        "required": ["content-type", *(f"{PREFIX}{name}" for name in REQUIRED)],
        "properties": {
            "content-type": {"type": "string", "const": CONTENT_TYPE},
            **{
                f"{PREFIX}{name}": {"type": "string", **about[name]}
                for name in (*REQUIRED, *OPTIONAL)
            },
        },
    }


def _ref(*path: str) -> dict[str, str]:
    return {"$ref": f"#/{'/'.join(path)}"}
