"""Questions about metrics."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from application.metrics import Metric, metric, metrics, units
from entrypoints.http.asking import AtAsk
from entrypoints.http.parameters import Id, MetricAsked, MetricsAsked, UnitsAsked

router = APIRouter(prefix="/v1/metrics", tags=["metrics"])


@router.get("")
async def registry(asker: AtAsk, asked: Annotated[MetricsAsked, Query()]) -> Response:
    """Which numbers there are, and what each means."""
    return await asker.answer(asked, lambda home, times: metrics(asked.family))


@router.get("/{name}")
async def value(name: Id, asker: AtAsk, asked: Annotated[MetricAsked, Query()]) -> Response:
    """One number, with its groups."""
    return await asker.answer(
        asked, lambda home, times: metric(home, Metric(name=name, **_of(asked), **times))
    )


@router.get("/{name}/units")
async def made_of(name: Id, asker: AtAsk, asked: Annotated[UnitsAsked, Query()]) -> Response:
    """What one number is made of."""
    page: dict[str, Any] = {"limit": asked.limit, "after": asked.after_cursor}
    return await asker.answer(
        asked, lambda home, times: units(home, Metric(name=name, **_of(asked), **page, **times))
    )


def _of(asked: MetricAsked) -> dict[str, Any]:
    return {
        "by": asked.by,
        "where": asked.where,
        "start": asked.start,
        "end": asked.end,
        "within": asked.within,
        "zone": asked.timezone,
    }
