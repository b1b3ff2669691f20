"""All pieces, in the order in which they are measured, and what they work on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path

from bench.aims import aims
from bench.forms import FORMS
from bench.plan import Bench, Call, Group, Piece, Sizes

EQUAL = (
    "The commitment table of the projection runner and our view `commitment`, made of the same"
    " facts,"
)
QUESTIONS = ("promises", "promises --by department", "commitment", "customer")

#: The moments that metrics are asked about, in words.
MOMENTS = {"now": "as of now", "past": "as of a past instant"}

#: The title of what another checkout does, below ours.
BESIDE = "· the other checkout"

#: What whole processes are asked.
ASKED = ("promises", "commitment DELIVERY-100001", "customer customer:431")


def embedded(sizes: Sizes, olist: Path | None, beside: Path | None = None) -> Bench:
    """The bench of the embedded home. ``olist`` is where the data of that importer lie, if they
    do; ``beside`` another checkout, whose whole processes take turns with ours."""
    return Bench(
        sizes=asdict(sizes),
        groups=groups(sizes, olist, beside),
        pairs=[] if beside is None else _pairs(sizes),
        materials=materials(sizes),
        runs=sizes.runs,
        aims=aims(sizes),
    )


def materials(sizes: Sizes) -> Mapping[str, Call]:
    """What pieces work on, by name, and how it is made."""
    company = "bench.material:company"
    later = sizes.batch * sizes.batches
    business = {"facts": sizes.small, "of_business": sizes.business, "batch": sizes.batch}
    return {
        "tiny": Call(company, {"facts": sizes.tiny, "views": True}),
        "synced": Call(company, {"facts": sizes.synced}),
        "small": Call(company, {"facts": sizes.small}),
        "large": Call(company, {"facts": sizes.large, "later": later, "views": True}),
        "business": Call("bench.material:business", business),
        "rows": Call("bench.material:orders", {"rows": sizes.rows}),
        "forms": Call("bench.forms:written", {"rows": 2 * sizes.rows}),
        "lines": Call("bench.material:lines", {"facts": sizes.asks}),
        "long": Call("bench.material:chased", {"facts": sizes.long}),
    }


def groups(sizes: Sizes, olist: Path | None, beside: Path | None = None) -> list[Group]:
    """Everything there is to measure."""
    return [
        _coding(),
        # Each batch waits for the disk: of small ones, not as many.
        _appending(1, sizes.small // 100),
        _appending(sizes.batch // 10, sizes.small // 5),
        _appending(sizes.batch),
        _appending(10 * sizes.batch),
        _deciding(sizes.decided),
        *(_reading(form) for form in FORMS),
        _importing(olist),
        _again(sizes),
        _rebuilding("synced", sizes.synced, "file"),
        _rebuilding("small", sizes.small, "memory"),
        _rebuilding("large", sizes.large),
        _checking(sizes),
        _keeping_up(sizes),
        _business(sizes),
        _exporting(sizes),
        *(_asking(question, sizes) for question in QUESTIONS),
        _supposing(sizes),
        *(_metrics(moment, sizes) for moment in MOMENTS),
        _starting(sizes),
        *(_answered(question, sizes, beside) for question in ASKED),
        *_long(sizes, beside),
    ]


def _coding() -> Group:
    functions = {
        "encode, one by one": "encode_one_by_one",
        "encode, columns": "encode_columns",
        "decode, one by one": "decode_one_by_one",
        "decode, columns": "decode_columns",
    }
    pieces = (
        Piece(name, name, "small", Call(f"bench.coding:{function}"))
        for name, function in functions.items()
    )
    return Group("codec", "The codec", tuple(pieces))


def _appending(batch: int, limit: int | None = None) -> Group:
    name, arguments = f"append {batch}", {"batch": batch, "limit": limit}
    ours = Call("bench.appending:pledger", arguments)
    theirs = Call("bench.appending:eventsourcing", arguments)
    return Group(
        "append",
        f"Appending in batches of {batch:,}",
        (
            Piece(name, f"append, batches of {batch:,}", "small", ours),
            Piece(f"{name}, eventsourcing", "· eventsourcing's SQLite recorder", "small", theirs),
        ),
    )


def _deciding(decisions: int) -> Group:
    arguments = {"decisions": decisions}
    ours = Call("bench.deciding:pledger", arguments)
    theirs = Call("bench.deciding:eventsourcing", arguments)
    beside = "· eventsourcing's aggregates, without checks and relay"
    return Group(
        "decide",
        "Deciding, one after the other",
        (
            Piece("decide", "decide, and relay", "tiny", ours, "decisions"),
            Piece("decide, eventsourcing", beside, "tiny", theirs, "decisions"),
        ),
    )


def _reading(form: str) -> Group:
    """``rows()`` beside ``read_csv``."""
    ours, theirs = (Call(f"bench.reading:{name}", {"form": form}) for name in ("rows", "read_csv"))
    name = f"read {form}"
    return Group(
        "read",
        f"Reading CSV {FORMS[form].title}",
        (
            Piece(name, f"rows(), CSV {FORMS[form].title}", "forms", ours, "rows"),
            Piece(f"{name}, DuckDB", "· DuckDB's read_csv", "forms", theirs, "rows"),
        ),
    )


def _importing(olist: Path | None) -> Group:
    generated = Call("bench.importing:generated")
    pieces = [Piece("import", "import, generated orders", "rows", generated)]
    if olist is not None:
        call = Call("bench.importing:olist", {"data": str(olist)})
        pieces.append(Piece("import olist", "import, mappings/olist", "rows", call))
    return Group("import", "Importing", tuple(pieces))


def _again(sizes: Sizes) -> Group:
    """An import that changes nothing, and a snapshot that changes little."""
    arguments = {"changed": sizes.changed}
    title = f"import --snapshot, {sizes.changed} rows changed"
    return Group(
        "again",
        "Importing the same again",
        (
            Piece("import again", "import, nothing new", "rows", Call("bench.importing:again")),
            Piece("snapshot", title, "rows", Call("bench.importing:snapshot", arguments)),
        ),
    )


def _rebuilding(material: str, facts: int, beside: str | None = None) -> Group:
    """Ours and, on the same facts, the runner's, whose table is in a ``file`` or in ``memory``."""
    ours = Call("bench.rebuilding:rebuild", {"digested": beside is not None})
    equal = None if beside is None else EQUAL
    title = f"rebuild, {facts:,} facts"
    pieces = [Piece(f"rebuild {material}", title, material, ours, equal=equal)]
    if beside is not None:
        where = "in a file" if beside == "file" else "in memory"
        title = f"· eventsourcing's projection runner, one table {where}"
        theirs = Call(f"bench.runner:in_{beside}")
        pieces.append(Piece(f"runner in {beside}", title, material, theirs, equal=equal))
    return Group("rebuild", f"Rebuilding {facts:,} facts", tuple(pieces))


def _checking(sizes: Sizes) -> Group:
    """Reading for a rebuild, as it is, and without holding facts to their digests."""
    title = f"reading {sizes.large:,} facts for a rebuild"
    checked = Call("bench.rebuilding:read", {"checked": True})
    unchecked = Call("bench.rebuilding:read", {"checked": False})
    return Group(
        "rebuild",
        "Checking what is read",
        (
            Piece("read checked", f"{title}, checked", "large", checked),
            Piece("read unchecked", f"{title}, not checked", "large", unchecked),
        ),
    )


def _keeping_up(sizes: Sizes) -> Group:
    title = f"catch up, batches of {sizes.batch:,} at {sizes.large:,} facts"
    call = Call("bench.rebuilding:keep_up", {"batch": sizes.batch})
    return Group("catch-up", "Keeping up", (Piece("catch up", title, "large", call),))


def _business(sizes: Sizes) -> Group:
    who = f"the customer with {sizes.business:,} facts"
    batch = Call("bench.rebuilding:keep_up", {"batch": sizes.batch})
    alone = Call("bench.rebuilding:rebuild_business")
    folded = Call("bench.rebuilding:fold_business")
    return Group(
        "business",
        f"One customer with {sizes.business:,} facts",
        (
            Piece("business batch", f"catch up, a batch that touches {who}", "business", batch),
            Piece("business alone", f"rebuild of {who} alone", "business", alone),
            Piece("business folded", f"fold of {who}, in place", "business", folded),
        ),
    )


def _exporting(sizes: Sizes) -> Group:
    title = f"export of {sizes.large:,} facts"
    return Group(
        "export",
        "Exporting",
        (
            Piece("export", f"{title}, every file", "large", Call("bench.exporting:whole")),
            Piece("export tables", f"{title}, tables", "large", Call("bench.exporting:tables")),
            Piece(
                "export tables, DuckDB",
                "· DuckDB's COPY of the same tables",
                "large",
                Call("bench.exporting:copied"),
            ),
        ),
    )


def _asking(question: str, sizes: Sizes) -> Group:
    arguments = {"question": question, "times": sizes.asked}
    session = Call("bench.asking:open_session", arguments)
    line = Call("bench.asking:command_line", arguments)
    return Group(
        "asks",
        f"Asking: {question}",
        (
            Piece(question, f"{question}, on an open session", "large", session, None),
            Piece(f"{question}, cli", f"{question}, by the command line", "large", line, None),
        ),
    )


def _supposing(sizes: Sizes) -> Group:
    arguments = {"times": sizes.each}
    other = Call("bench.asking:other_policy", arguments)
    look = Call("bench.asking:look_at_what_came_in", arguments)
    return Group(
        "asks",
        "Asking: what-if and health",
        (
            Piece("what-if", "what-if, another deadline for all call-backs", "large", other, None),
            Piece("health", "health", "large", look, None),
        ),
    )


def _metrics(moment: str, sizes: Sizes) -> Group:
    arguments = {"moment": moment, "times": sizes.each}
    value = Call("bench.metrics:values", arguments)
    page = Call("bench.metrics:pages", arguments)
    when = MOMENTS[moment]
    return Group(
        "metrics",
        f"Metrics {when}",
        (
            Piece(f"metrics {moment}", f"a metric by department, {when}", "large", value, None),
            Piece(f"units {moment}", f"a page of its units, {when}", "large", page, None),
        ),
    )


def _starting(sizes: Sizes) -> Group:
    arguments = {"times": sizes.started}
    show = Call("bench.processes:show_help", arguments)
    ask = Call("bench.processes:ask", arguments)
    title = f"./pledger promises, {sizes.tiny:,} facts"
    return Group(
        "start",
        "Whole processes",
        (
            Piece("help", "./pledger --help", "tiny", show, None),
            Piece("small ask", title, "tiny", ask, None),
        ),
    )


def _answered(question: str, sizes: Sizes, beside: Path | None) -> Group:
    title = f"./pledger {question.partition(' ')[0]}, {sizes.asks:,} facts, processor"
    arguments = {"times": sizes.started, "question": question}
    call = Call("bench.processes:answered", arguments)
    pieces = _with(beside, Piece(f"answered {question}", title, "lines", call, None))
    return Group("processes", f"Processor time of {question}", pieces)


def _long(sizes: Sizes, beside: Path | None) -> list[Group]:
    """What a promise with very many facts costs."""
    kinds = (
        ("none", "promises, after no new fact", "promises", False),
        ("one", "promises, after one more fact", "promises", True),
        ("page", "commitment, all of its history", "commitment LONG", False),
    )
    groups = []
    for name, what, question, fresh in kinds:
        arguments = {"times": sizes.started, "question": question, "fresh": fresh}
        call = Call("bench.processes:answered_about_long", arguments)
        title = f"./pledger {what}, {sizes.long:,} on a promise, processor"
        pieces = _with(beside, Piece(f"long {name}", title, "long", call, None))
        groups.append(Group("long", f"A promise with {sizes.long:,} facts: {name}", pieces))
    return groups


def _with(beside: Path | None, piece: Piece) -> tuple[Piece, ...]:
    """A piece and, in turns with it, what the command of another checkout does."""
    if beside is None:
        return (piece,)
    call = replace(piece.call, arguments={**piece.call.arguments, "root": str(beside)})
    return piece, replace(piece, name=f"{piece.name}, beside", title=BESIDE, call=call)


def _pairs(sizes: Sizes) -> list[tuple[str, str]]:
    names = [f"answered {question}" for question in ASKED]
    names += [piece.name for group in _long(sizes, None) for piece in group.pieces]
    return [(name, f"{name}, beside") for name in names]
