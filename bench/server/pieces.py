"""The pieces of the server bench, in the order in which they are measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path

from bench.pieces import BESIDE
from bench.plan import Bench, Call, Group, Piece
from bench.server.aims import aims
from bench.server.plan import Servers, ServerSizes

SMALL, LARGE = "topic", "large topic"
#: The facts that another checkout has made for itself.
OTHERS = "facts of the other checkout"
#: Facts of an import's batch.
BATCH = 10_000

OURS = (
    "The view `commitment` in PostgreSQL, by workers and by the rebuild, and that of the embedded"
    " home, made of the same facts,"
)
THEIRS = "The tables of the projection runner, of Quix Streams and of bytewax"

NOWHERE = Servers("", "")


def server_home(
    sizes: ServerSizes,
    servers: Servers,
    python: str | None,
    why: str = "",
    beside: Path | None = None,
) -> Bench:
    """The bench of the server home on servers that are there. ``python`` is the interpreter of the
    rivals' environment; where there is none, ``why`` says so. ``beside`` is another checkout, which
    takes turns at producing."""
    everything = groups(sizes, servers, python, beside)
    without = {}
    if python is None:
        everything, rivals = _ours(everything), [piece.title for piece in _rivals(servers, "")]
        without = dict.fromkeys(rivals, why)
    return Bench(
        sizes=asdict(sizes),
        groups=everything,
        materials=materials(sizes, servers, beside),
        runs=sizes.runs,
        aims=aims(sizes),
        pairs=[
            *([] if beside is None else [("produce", "produce, beside")]),
            *(("alone 1", rival.name) for rival in _rivals(servers, python)),
        ],
        without=without,
    )


def materials(
    sizes: ServerSizes, servers: Servers, beside: Path | None = None
) -> Mapping[str, Call]:
    """What pieces work on, by name, and how it is made."""
    company = "bench.server.material:company"
    where = {"broker": servers.broker, "partitions": sizes.partitions}
    return {
        SMALL: Call(company, {"facts": sizes.small, **where}),
        LARGE: Call(company, {"facts": sizes.large, **where}),
        OTHERS: _of(beside, Call("bench.material:company", {"facts": sizes.small})),
    }


def groups(
    sizes: ServerSizes,
    servers: Servers = NOWHERE,
    python: str | None = None,
    beside: Path | None = None,
) -> list[Group]:
    """Everything there is to measure, the rivals included."""
    return [
        _producing(sizes, servers, beside),
        _consuming(servers),
        Group(
            "table",
            "The commitment table alone",
            (
                _working("alone", servers, 1),
                *_rivals(servers, python),
                _working("alone", servers, 2),
            ),
        ),
        Group("views", "All views", (_working("views", servers, 1), _working("views", servers, 2))),
        _rebuilding(sizes, servers),
        _freshness(sizes, servers),
    ]


def _ours(everything: list[Group]) -> list[Group]:
    rivals = {piece.name for piece in _rivals(NOWHERE, None)}
    return [
        Group(
            group.name,
            group.title,
            tuple(piece for piece in group.pieces if piece.name not in rivals),
        )
        for group in everything
    ]


def _of(beside: Path | None, call: Call) -> Call:
    """The same call in another checkout, by its own interpreter."""
    if beside is None:
        return call
    return replace(call, root=beside, python=str(beside / ".venv" / "bin" / "python"))


def _producing(sizes: ServerSizes, servers: Servers, beside: Path | None) -> Group:
    arguments = {"broker": servers.broker, "partitions": sizes.partitions, "batch": BATCH}
    call = Call("bench.server.producing:produce", arguments)
    title = f"produce, batches of {BATCH:,}"
    pieces = [Piece("produce", title, SMALL, call)]
    if beside is not None:
        pieces.append(Piece("produce, beside", BESIDE, OTHERS, _of(beside, call)))
    return Group("produce", "Producing", tuple(pieces))


def _consuming(servers: Servers) -> Group:
    where = {"broker": servers.broker}
    plain = Call("bench.server.consuming:consume", where)
    decoded = Call("bench.server.consuming:consume_and_decode", where)
    return Group(
        "consume",
        "Consuming",
        (
            Piece("consume", "consume", SMALL, plain),
            Piece("decode", "consume and decode, columns", SMALL, decoded),
        ),
    )


def _working(what: str, servers: Servers, workers: int) -> Piece:
    arguments = {**servers._asdict(), "workers": workers, "alone": what == "alone"}
    call = Call("bench.server.projecting:project", arguments)
    views = "commitment view alone" if what == "alone" else "all views"
    count = "one worker" if workers == 1 else f"{workers} workers"
    return Piece(f"{what} {workers}", f"{views}, {count}", SMALL, call, equal=OURS)


def _rivals(servers: Servers, python: str | None) -> list[Piece]:
    where = servers._asdict()
    found = [
        ("runner", "eventsourcing's projection runner", "runner", where),
        ("quix", "Quix Streams", "quix", where),
        ("wax", "bytewax, without recovery", "wax", {**where, "recovery": False}),
        ("wax recovery", "bytewax, with recovery", "wax", {**where, "recovery": True}),
    ]
    return [
        Piece(
            name,
            f"· {title}",
            SMALL,
            Call(f"bench.server.rivals.{module}:project", arguments, python),
            equal=THEIRS,
        )
        for name, title, module, arguments in found
    ]


def _rebuilding(sizes: ServerSizes, servers: Servers) -> Group:
    call = Call("bench.server.rebuilding:rebuild", servers._asdict())
    title = f"rebuild, {sizes.large:,} facts"
    piece = Piece("rebuild", title, LARGE, call, equal=OURS)
    return Group("rebuild", "Rebuilding", (piece,))


def _freshness(sizes: ServerSizes, servers: Servers) -> Group:
    arguments = {
        **servers._asdict(),
        "partitions": sizes.partitions,
        "rate": sizes.rate,
        "seconds": sizes.seconds,
    }
    call = Call("bench.server.freshness:measure", arguments)
    title = f"freshness at {sizes.rate:,} facts/s, all views, one worker"
    piece = Piece("freshness", title, SMALL, call, None, tail=True)
    return Group("freshness", "Freshness", (piece,))
