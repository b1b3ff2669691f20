"""Made-up findings, for the tests of the page that shows them."""

from __future__ import annotations

from typing import Any

HEALTH: dict[str, Any] = {
    "findings": [
        {
            "kind": "waiting",
            "count": 37,
            "examples": ["C-1", "C-2", "C-3", "C-4", "C-5"],
            "says": "names a promise of which no commitment.made has come",
            "remedy": "have its source report that too",
            "reason": "unknown_commitment",
        },
        {
            "kind": "look_alike",
            "count": 1,
            "examples": [["customer:Ann", "customer:ann"]],
            "says": "ids that differ in Unicode form, case or spaces alone",
            "remedy": "link parties that are one customer",
        },
    ]
}
