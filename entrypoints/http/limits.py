"""How much one door takes."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Bytes of a ``body``, of a ``target`` (path and parameters) and of all ``headers``, and how
    deep JSON may be nested in ``depth``; the seconds that the head of a request may take to come
    in ``head_s``, and those from then until its answer begins in ``request_s``; how many are
    ``at_once`` under way, those that wait included, and how many ``threads`` compute; ``streams``
    that stay open; ``requests`` of one key in ``window_s`` seconds."""

    body: int = 8 * MIB
    target: int = 8 * 1024
    headers: int = 32 * 1024
    depth: int = 64
    head_s: float = 10.0
    request_s: float = 30.0
    at_once: int = 128
    threads: int = 8
    streams: int = 64
    requests: int = 60_000
    window_s: int = 60


USUAL = Limits()
