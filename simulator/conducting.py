"""Orders that one department sees through from beginning to end."""

from __future__ import annotations

from simulator.company import MAIL
from simulator.local_time import DAY, HOUR, MINUTE
from simulator.orders import Order
from simulator.promises import Promise


def conduct(order: Order, delivery: Promise) -> None:
    """Care is named the conductor of the order at once, and steps in where its roses are late."""
    journey: dict[str, object] = {"journey_id": f"ORDER-{order.number}", "refs": order.refs}
    conductor = {**journey, "department": "care"}
    order.fact("journey.opened", MAIL, order.placed + 10 * MINUTE, **journey, kind="large_order")
    order.fact("journey.conductor_named", MAIL, order.placed + 11 * MINUTE, **conductor)
    if delivery.fate == "late":
        late = order.due + HOUR
        order.fact("conductor.intervened", MAIL, late, **conductor, reason="late")
    order.fact("journey.closed", MAIL, delivery.settled_at + DAY, **journey, outcome="delivered")
