"""What a worker decides by itself, without a server."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumers.runtime import FIRST_S, LONGEST_S, Backoff, Runtime
from consumers.worker.apply_batch import instant
from consumers.worker.batch import SIZE, Batch, BatchBuffer, OffsetRange, Pace
from consumers.worker.db_thread import DbThread
from consumers.worker.log import make_log
from domain.errors import Problem
from domain.instants import EPOCH
from ledger.kafka.digest import digest_of, together
from ledger.kafka.message import Message
from projections.errors import AtFault, Away, Forbidden, TryAgain, Unfoldable
from projections.postgres.errors import explained, folding
from tests.helpers import PATIENCE

AT = datetime(2026, 1, 1, tzinfo=UTC)


def message(partition: int, offset: int, value: bytes = b"v") -> Message:
    return Message(partition, offset, 1_000 + offset, b"k", value, ())


def places(batch: Batch) -> list[tuple[int, int]]:
    return [(one.partition, one.offset) for one in batch.messages]


# --- the buffer
# ------------------------------------------------------------------------------------


def test_a_batch_says_where_it_begins_and_ends() -> None:
    buffer = BatchBuffer()
    buffer.begin(0, 5)
    buffer.begin(1, 0)
    buffer.begin(2, 7)
    buffer.add([message(0, 5), message(0, 8), message(1, 0)], {0: 10, 2: 7})
    batch = buffer.flush()
    # 6 and 7 were markers, and so was 9; of partition 2 there is nothing to say.
    digests = [together(map(digest_of, batch.messages[:2])), digest_of(batch.messages[2])]
    assert batch.ranges == {
        0: OffsetRange(5, 10, 1_008, 8, digests[0]),
        1: OffsetRange(0, 1, 1_000, 0, digests[1]),
    }
    assert places(batch) == [(0, 5), (0, 8), (1, 0)]
    assert not buffer.moved()
    assert buffer.flush() == Batch({}, [])
    buffer.add([], {0: 12})
    assert buffer.moved()
    assert buffer.flush() == Batch({0: OffsetRange(10, 12, None)}, [])


def test_what_was_not_begun_or_was_read_is_passed_over() -> None:
    buffer = BatchBuffer()
    buffer.begin(0, 5)
    buffer.add([message(0, 4), message(0, 5), message(0, 5), message(1, 0)], {0: 3, 1: 9})
    assert places(buffer.flush()) == [(0, 5)]
    buffer.drop([0])
    buffer.add([message(0, 6)], {0: 7})
    assert not buffer.moved()


def test_what_is_dropped_leaves_the_others() -> None:
    buffer = BatchBuffer()
    buffer.begin(0, 0)
    buffer.begin(1, 0)
    buffer.add([message(0, 0, b"123"), message(1, 0, b"12345")], {})
    buffer.drop([0, 7])
    assert (len(buffer), buffer.size, buffer.end(1)) == (1, 5, 1)
    buffer.begin(1, 0)
    assert (len(buffer), buffer.size, buffer.end(1)) == (0, 0, 0)


def test_a_batch_without_a_partition() -> None:
    batch = Batch(
        {0: OffsetRange(0, 1, 7), 1: OffsetRange(0, 1, 7)}, [message(0, 0), message(1, 0)]
    )
    assert batch.without([0]) == Batch({1: OffsetRange(0, 1, 7)}, [message(1, 0)])


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 30), st.booleans()), max_size=60))
def test_whatever_comes_offsets_are_gone_over_once_and_in_order(
    steps: list[tuple[int, int, bool]],
) -> None:
    """Messages, ends, batches and drops in any order: the stretches of a partition follow each
    other without a gap, and its messages are in them, each once."""
    buffer = BatchBuffer()
    for partition in range(3):
        buffer.begin(partition, 0)
    ends = dict.fromkeys(range(3), 0)
    seen: set[tuple[int, int]] = set()
    for partition, offset, is_end in steps:
        buffer.add([] if is_end else [message(partition, offset)], {partition: offset})
        if offset % 3 == 0:
            batch = buffer.flush()
            for each, offsets in batch.ranges.items():
                assert offsets.start == ends[each] < offsets.end
                ends[each] = offsets.end
            for place in places(batch):
                assert place not in seen
                assert batch.ranges[place[0]].start <= place[1] < ends[place[0]]
                seen.add(place)


# --- pace -----------------------------------------------------------------------------------------


def test_batches_grow_while_they_are_quick_and_shrink_when_they_are_slow() -> None:
    pace = Pace(least=100, most=10_000, target_s=1.0)
    for _ in range(10):
        pace.learn(pace.limit, 0.1)
    assert pace.limit == 10_000
    pace.learn(3, 0.01)  # few, since there were no more: that says nothing
    assert pace.limit == 10_000
    pace.learn(10_000, 100.0)
    assert pace.limit == 5_000, "one slow batch is no reason to give up"
    for _ in range(20):
        pace.learn(pace.limit, 100.0)
    assert pace.limit == 100
    assert Pace(most=7).limit == 7


def test_a_batch_is_full_by_number_or_by_size() -> None:
    pace, buffer = Pace(least=1, most=2), BatchBuffer()
    buffer.begin(0, 0)
    assert not pace.full(buffer)
    buffer.add([message(0, 0, bytes(SIZE))], {})
    assert pace.full(buffer)
    buffer.flush()
    buffer.add([message(0, 1), message(0, 2)], {})
    assert pace.full(buffer)


# --- backoff --------------------------------------------------------------------------------------


def test_waits_double_up_to_a_bound_and_start_anew() -> None:
    now = [0.0]
    backoff = Backoff(runtime_of(lambda: now[0], 0.999_999))
    assert backoff.over()
    waits = [backoff.failed() for _ in range(9)]
    assert waits[:3] == pytest.approx([FIRST_S, 2 * FIRST_S, 4 * FIRST_S], rel=1e-3)
    assert waits[-1] == pytest.approx(LONGEST_S, rel=1e-3)
    assert not backoff.over()
    now[0] += LONGEST_S
    assert backoff.over()
    backoff.succeeded()
    assert backoff.failed() == pytest.approx(FIRST_S, rel=1e-3)
    assert Backoff(runtime_of(lambda: 0.0, 0.0)).failed() == FIRST_S / 2
    assert Backoff(runtime_of(lambda: 0.0, 1.0), first_s=0.02).failed() == 0.02


def runtime_of(monotonic: Callable[[], float], chance: float) -> Runtime:
    return Runtime(lambda: datetime.now(UTC), monotonic, lambda: chance, lambda seconds: False)


# --- the other thread -----------------------------------------------------------------------------


def test_a_hand_does_one_thing_after_the_other_and_gives_errors_back() -> None:
    db_thread = DbThread("a test")

    def fails() -> None:
        raise KeyError("no")

    one, two, three = (
        db_thread.submit(lambda: 1),
        db_thread.submit(fails),
        db_thread.submit(lambda: 3),
    )
    assert one.result(PATIENCE) == 1
    with pytest.raises(KeyError):
        two.result(PATIENCE)
    assert three.result(PATIENCE) == 3
    assert db_thread.close(PATIENCE)


# --- errors ---------------------------------------------------------------------------------------


def errors_of(state: str) -> psycopg.Error:
    return psycopg.errors.lookup(state)("something\nDETAIL: customer:1")


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("40P01", TryAgain),
        ("40001", TryAgain),
        ("55P03", TryAgain),
        ("XX000", AtFault),
        ("57014", TryAgain),
        ("57P01", Away),
        ("57P03", Away),
        ("53100", Away),
        ("53300", Away),
        ("25P03", Away),
        ("08006", Away),
        ("25006", Away),
        ("28P01", Forbidden),
        ("28000", Forbidden),
        ("3D000", Forbidden),
        ("42501", Forbidden),
        ("22003", Unfoldable),
        ("22P05", Unfoldable),
        ("23514", Unfoldable),
        ("54000", Unfoldable),
        ("42P01", psycopg.errors.UndefinedTable),
    ],
)
def test_what_an_error_of_the_database_means(state: str, kind: type[Exception]) -> None:
    with pytest.raises(kind) as error, explained():
        raise errors_of(state)
    if kind is Unfoldable:
        assert "customer:1" not in str(error.value)
        assert state in error.value.kind  # type: ignore[attr-defined]


def test_a_connection_that_breaks_has_no_state() -> None:
    with pytest.raises(Away), explained():
        raise psycopg.OperationalError("server closed the connection unexpectedly")
    with pytest.raises(Unfoldable), explained():
        raise psycopg.DataError("cannot dump lists of mixed types")
    with pytest.raises(psycopg.ProgrammingError), explained():
        raise psycopg.ProgrammingError("the program is wrong")


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ('FATAL:  password authentication failed for user "pledger"', Forbidden),
        ('FATAL:  Peer authentication failed for user "pledger"', Forbidden),
        ('FATAL:  role "pledger" does not exist', Forbidden),
        ('FATAL:  role "pledger" is not permitted to log in', Forbidden),
        ('FATAL:  database "pledger" does not exist', Forbidden),
        ('FATAL:  permission denied for database "pledger"', Forbidden),
        ('FATAL:  no pg_hba.conf entry for host "::1", user "pledger"', Forbidden),
        ("FATAL:  no such database: pledger", Forbidden),
        ("server does not support SSL, but SSL was required", Forbidden),
        ('weak sslmode "prefer" may not be used with sslrootcert=system', Forbidden),
        ("SSL error: certificate verify failed", Forbidden),
        ('server certificate for "b" does not match host name "a"', Forbidden),
        ('root certificate file "/ca.pem" does not exist', Forbidden),
        ('could not load private key file "/key.pem": bad decrypt', Forbidden),
        ("channel binding required, but SSL not in use", Forbidden),
        ('invalid "ssl_min_protocol_version" value: "TLSv9"', Forbidden),
        ("SSL connection has been closed unexpectedly", Away),
        ('could not translate host name "invalid" to address', Away),
        ("Connection refused", Away),
        ("FATAL:  the database system is starting up", Away),
        ("FATAL:  sorry, too many clients already", Away),
        ("FATAL:  server login has been failing, try again later", Away),
        ("session is read-only", Away),
    ],
)
def test_whom_a_server_does_not_let_in(said: str, kind: type[Exception]) -> None:
    both = f"connection failed: {said}\nAll failures were:\n- host: 'a': {said}\n- host: 'b': gone"
    with pytest.raises(kind) as error, explained():
        raise psycopg.OperationalError(both)
    assert said in str(error.value)
    assert "pledger.toml" in str(error.value)


def test_errors_of_the_folds_are_about_facts() -> None:
    with pytest.raises(Unfoldable) as error, folding():
        raise OverflowError("date value out of range")
    assert error.value.kind == "OverflowError"
    with pytest.raises(Away), folding():
        raise psycopg.OperationalError("gone")
    with pytest.raises(AtFault), folding():
        raise errors_of("XX000")
    with pytest.raises(Unfoldable) as error, folding(suspecting=True):
        raise errors_of("XX000")
    assert "customer:1" not in str(error.value)


# --- the log --------------------------------------------------------------------------------------


def test_a_line_has_what_is_listed_and_nothing_else() -> None:
    stream = io.StringIO()
    log = make_log(stream, lambda: AT).bind(owner="me")
    log.info("a thing", partition=1, fact_id=UUID(int=1), subject="customer:1", body=b"secret")
    log.debug("not shown")
    log.error("no", partitions={2, 1})
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert first == {
        "at": AT.isoformat(),
        "event": "a thing",
        "fact_id": str(UUID(int=1)),
        "left_out": ["body", "subject"],
        "level": "info",
        "owner": "me",
        "partition": 1,
    }
    assert (second["level"], second["partitions"]) == ("error", [1, 2])


def test_what_a_line_says_to_do_is_in_the_words_of_the_entry_point() -> None:
    stream = io.StringIO()
    log = make_log(stream, lambda: AT, words=lambda action: f"'./pledger {action}'")
    problem = Problem("views", "none", "make them with {rebuild}")
    log.error("parked", error="CheckViolation (23514)", remedy="{parked list}")
    log.critical("failed", error=problem)
    log.warning("away", trouble=problem)
    parked, failed, away = map(json.loads, stream.getvalue().splitlines())
    assert (parked["error"], parked["remedy"]) == (
        "CheckViolation (23514)",
        "./pledger parked list",
    )
    told = "expected views, saw none; make them with './pledger rebuild'"
    assert failed["error"] == away["trouble"] == told


def test_a_timestamp_that_no_calendar_has() -> None:
    assert instant(0) == EPOCH
    assert instant(2**62) == EPOCH
