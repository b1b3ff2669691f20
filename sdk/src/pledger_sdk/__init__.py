"""Emit facts to a Pledger ledger on Kafka.

from pledger_sdk import Emitter
from pledger_sdk.facts import CommitmentMade

with Emitter(bootstrap_servers="…", source="/billing/invoicing", outbox="facts.outbox") as e:
    e.emit(CommitmentMade(commitment_id="INV-7", about="refund"), subject="customer:8412")
"""

from __future__ import annotations

from pledger_sdk._contract.ledger.port import EventData
from pledger_sdk.context import caused_by
from pledger_sdk.delivery import Delivery, Report
from pledger_sdk.emitter import Emitter
from pledger_sdk.errors import (
    Closed,
    Forked,
    NotDelivered,
    OutboxFull,
    OutboxInUse,
    OutboxTrouble,
    PledgerError,
    Refused,
)
from pledger_sdk.ids import stable_id
from pledger_sdk.outgoing import Status
from pledger_sdk.postgres import DDL, OutboxRelay, emit_in
from pledger_sdk.sealing import Said, Sealer
from pledger_sdk.sender import Sender

__all__ = [
    "DDL",
    "Closed",
    "Delivery",
    "Emitter",
    "EventData",
    "Forked",
    "NotDelivered",
    "OutboxFull",
    "OutboxInUse",
    "OutboxRelay",
    "OutboxTrouble",
    "PledgerError",
    "Refused",
    "Report",
    "Said",
    "Sealer",
    "Sender",
    "Status",
    "caused_by",
    "emit_in",
    "stable_id",
]
