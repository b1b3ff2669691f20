"""How many requests of one key, or of one address that gave none, are taken in a while.

The header fields are those of draft-ietf-httpapi-ratelimit-headers-11: ``RateLimit-Policy`` says
what the quota is, ``RateLimit`` what is left of it (``r``) and in how many seconds it is whole
again (``t``).
"""

from __future__ import annotations

import math
import time

from fastapi import Request
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from entrypoints.http.limits import Limits
from entrypoints.http.problems import Refused

_POLICY = '"requests"'


class Quotas:
    """The quotas of one process."""

    def __init__(self, limits: Limits) -> None:
        self._quota = RateLimitItemPerSecond(limits.requests, limits.window_s)
        self._policy = f"{_POLICY};q={limits.requests};w={limits.window_s}"
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def spend(self, request: Request, whose: str) -> None:
        """Count one request. Raises ``Refused``: 429 where nothing is left."""
        taken = self._limiter.hit(self._quota, whose)
        reset, left = self._limiter.get_window_stats(self._quota, whose)
        seconds = max(0, math.ceil(reset - time.time()))
        # Every answer says it; the guard, through which all of them go, adds what is here.
        request.state.headers = {
            "RateLimit-Policy": self._policy,
            "RateLimit": f"{_POLICY};r={left};t={seconds}",
        }
        if not taken:
            raise Refused(
                429,
                "too-many-requests",
                f"at most {self._quota.amount:,} requests in {self._quota.multiples} s",
                "more",
                f"ask again in {seconds} s",
                headers={"Retry-After": str(max(1, seconds))},
                more={"violated-policies": ["requests"]},
            )
