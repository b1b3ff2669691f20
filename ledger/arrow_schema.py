"""Facts as Arrow columns: for readers of millions that need no object for each."""

from __future__ import annotations

import pyarrow as pa

#: The columns of a batch, named as the fields of ``ledger.port.RecordedEvent``. Instants are aware;
#: ``extensions`` is JSON text, null where there are none.
RECORDED = pa.schema(
    [
        ("position", pa.int64()),
        ("recorded_at", pa.timestamp("us", tz="UTC")),
        ("id", pa.string()),
        ("type", pa.string()),
        ("source", pa.string()),
        ("subject", pa.string()),
        ("time", pa.timestamp("us", tz="UTC")),
        ("body", pa.binary()),
        ("correlationid", pa.string()),
        ("causationid", pa.string()),
        ("sequence", pa.string()),
        ("extensions", pa.string()),
    ]
)
