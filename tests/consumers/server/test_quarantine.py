"""Poisoned input, from the topic to what people do about it."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from consumers import decode
from consumers.rebuild.run import rebuild
from domain.facts import Fact
from ledger.kafka.message import message_of
from tests.consumers.server.place import Place
from tests.consumers.server.workers import command, worker
from tests.domain.given import chased, fact, honoured, made
from tests.projections.stores import sealed

SECRET = "Marie Curie, 12 rue Cuvier"
SUBJECT = "customer:marie.curie@example.org"


def story(of: str, commitment: str) -> list[Fact]:
    """A promise that is made, chased and kept."""
    return [
        made(0, of=of, commitment_id=commitment),
        chased(1, of=of, commitment_id=commitment),
        honoured(2, of=of, commitment_id=commitment),
    ]


def poisons(place: Place) -> None:
    """Messages that are no facts, each in a way of its own; SECRET is in all of them."""
    key, value, headers = message_of(sealed(made(1, of=SUBJECT)))
    named: dict[str, bytes] = dict(headers)
    secret = SECRET.encode()
    place.send(secret, key=secret, headers={"name": secret})
    place.send(None, key=None)
    place.send(value + secret, key=key, headers=named)
    place.send(value, key=secret, headers=named)
    place.send(value, key=key, headers=named | {"ce_id": secret})
    place.send(value, key=key, headers=named | {"ce_time": secret})
    place.send(value, key=key, headers=named | {"ce_type": b"commitment.unheard_of"})
    place.send(value, key=key, headers=named | {"ce_subject": b"\xff\xfe"})
    place.send(b"\0\0\0\xff\xff" + secret, key=key, headers=named)
    place.send(b"", key=b"", headers=dict.fromkeys(named, b""))


POISONS = 10


def test_what_is_no_fact_goes_to_quarantine_whole(place: Place, tmp_path: Path) -> None:
    with worker(place, tmp_path) as one:
        place.emit(story("customer:1", "C1"))
        poisons(place)
        place.emit(story("customer:2", "C2"))
        place.wait_for(place.head())
        one.wait_for("quarantined", POISONS)
        one.stop()
    assert SECRET not in "".join(one.lines)
    assert SUBJECT not in "".join(one.lines)
    status, found, _ = command(place, tmp_path, "quarantine", "list", "--limit", "7")
    assert status == 0
    assert len(found["quarantined"]) == 7
    _, rest, _ = command(place, tmp_path, "quarantine", "list", "--after", found["next"])
    everything = found["quarantined"] + rest["quarantined"]
    assert len(everything) == POISONS
    assert rest["next"] is None
    assert all(one["state"] == "open" and one["reason"] for one in everything)
    (place_of_first,) = place.ask(
        'SELECT partition, "offset" FROM pledger.quarantine WHERE value = %s', SECRET.encode()
    )
    where = "{}:{}".format(*place_of_first)
    status, whole, _ = command(place, tmp_path, "quarantine", "show", where)
    assert (status, whole["value"]["text"], whole["key"]["text"]) == (0, SECRET, SECRET)
    assert whole["headers"] == [{"name": "name", "value": whole["value"]}]


def test_a_batch_that_comes_again_is_in_quarantine_once(place: Place, tmp_path: Path) -> None:
    poisons(place)
    place.catch_up()
    command(place, tmp_path, "quarantine", "dismiss", "0:1", "--reason", "a test of somebody")
    place.run("UPDATE progress SET next_offset = 0")
    place.catch_up()
    states = place.ask("SELECT state, count(*) FROM pledger.quarantine GROUP BY 1 ORDER BY 1")
    assert states == [("dismissed", 1), ("open", POISONS - 1)]


def test_what_is_dismissed_stays_with_the_reason(place: Place, tmp_path: Path) -> None:
    poisons(place)
    place.catch_up()
    status, _, told = command(place, tmp_path, "quarantine", "dismiss", "0:0")
    assert (status, "--reason" in told) == (2, True)
    argv = ["quarantine", "dismiss", "0:0", "--reason", "a test of the emitter"]
    assert command(place, tmp_path, *argv)[0] == 0
    assert command(place, tmp_path, *argv)[0] == 2
    _, found, _ = command(place, tmp_path, "quarantine", "list", "--state", "dismissed")
    (one,) = found["quarantined"]
    assert (one["offset"], one["why"]) == (0, "a test of the emitter")
    assert one["settled_at"] is not None


def test_after_a_repair_messages_are_taken_up_again(place: Place, tmp_path: Path) -> None:
    """A worker of an earlier version could not read some facts; this one can."""
    facts = story("customer:1", "C1")
    place.emit(facts[:1])
    (first,) = place.head().items()
    real = decode._decoded

    def blind(messages: Any) -> Any:
        if messages:
            raise RuntimeError(SECRET)
        return real(messages)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decode, "_decoded", blind)
        place.catch_up()
    poisons(place)
    place.emit(facts[1:])
    place.catch_up()
    assert len(place.rows("fact")) == 2
    assert place.rows("suspense")
    status, found, _ = command(place, tmp_path, "quarantine", "retry", "--all")
    assert status == 1, "some are still no facts"
    assert [one["settled"] for one in found["retried"]].count(True) == 1
    assert len(found["retried"]) == POISONS + 1
    place.expect_rows()
    assert command(place, tmp_path, "quarantine", "retry", f"{first[0]}:0")[0] == 2
    _, found, _ = command(place, tmp_path, "quarantine", "list", "--state", "retried")
    (one,) = found["quarantined"]
    assert one["why"] == "it is a fact, and was taken in"


def test_one_message_on_which_reading_fails_takes_no_other_with_it(place: Place) -> None:
    place.emit(story("customer:1", "C1"))
    place.send(SECRET.encode())
    place.emit(story("customer:2", "C2"))
    real = decode._decoded

    def touchy(messages: Any) -> Any:
        if any(message.value == SECRET.encode() for message in messages):
            raise RuntimeError(SECRET)
        return real(messages)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decode, "_decoded", touchy)
        place.catch_up()
    place.expect_rows()
    ((reason,),) = place.ask("SELECT reason FROM pledger.quarantine")
    assert "RuntimeError" in reason
    assert SECRET not in reason


def test_of_two_that_contradict_each_other_the_first_counts(place: Place, tmp_path: Path) -> None:
    one = made(0, id=UUID(int=7), commitment_id="C1", wording=SECRET)
    other = made(0, id=UUID(int=7), commitment_id="C2")
    place.send_fact(one, 1)
    with worker(place, tmp_path) as process:
        place.wait_for(place.head())
        place.send_fact(other, 2)
        place.send_fact(one, 2)
        (told,) = process.wait_for("contradiction")
        place.wait_for(place.head())
        process.stop()
    assert (told["partition"], told["offset"]) == (2, 0)
    assert SECRET not in "".join(process.lines)
    place.expect_rows([one_ for one_ in place.facts() if one_.id == one.id])
    ((partition, offset, reason),) = place.ask(
        'SELECT partition, "offset", reason FROM pledger.quarantine'
    )
    assert (partition, offset) == (2, 0)
    assert "partition 1, offset 0" in reason


def test_a_first_that_is_read_later_counts_all_the_same(place: Place) -> None:
    """The partition with the earlier fact was taken in later: the fact that was there has to go,
    and its message comes from the topic."""
    one = made(0, id=UUID(int=7), commitment_id="C1")
    other = made(0, id=UUID(int=7), commitment_id="C2")
    place.send_fact(one, 1)
    place.send_fact(other, 2)
    from consumers.catch_up import run_until
    from domain.positions import Vector
    from tests.consumers.server.place import UNSTOPPED

    run_until(place.kafka, place.views(), Vector({2: 1}), UNSTOPPED)
    assert [row["commitment_id"] for row in place.rows("commitment")] == ["C2"]
    place.catch_up()
    place.expect_rows()
    assert [row["commitment_id"] for row in place.rows("commitment")] == ["C1"]
    ((key, value),) = place.ask("SELECT key, value FROM pledger.quarantine WHERE partition = 2")
    assert (key, value) == message_of(sealed(other))[:2]


BAD = "customer:bad"


def break_for_bad(place: Place) -> None:
    """As a fault in a view would: the tables take no fact of BAD."""
    place.home.prepare()
    place.run(f"ALTER TABLE fact ADD CONSTRAINT fault CHECK (subject <> '{BAD}')")


def repair(place: Place) -> None:
    place.run("ALTER TABLE fact DROP CONSTRAINT fault")


def test_a_fact_that_a_projection_fails_on_parks_its_subject(place: Place, tmp_path: Path) -> None:
    break_for_bad(place)
    bad = story(BAD, "BAD")
    good = [one for n in range(40) for one in story(f"customer:{n}", f"C{n}")]
    with worker(place, tmp_path) as one:
        place.emit([*good[:60], *bad[:2], *good[60:]])
        place.wait_for(place.head())
        (told,) = one.wait_for("parked")
        # Those that come later queue behind.
        place.emit([*bad[2:], *story("customer:41", "C41")])
        place.wait_for(place.head())
        assert (told["fact_id"], told["type"]) == (str(bad[0].id), "commitment.made")
        assert BAD not in "".join(one.lines)
        parked_ids = {fact.id for fact in bad}
        place.expect_rows([fact for fact in place.facts() if fact.id not in parked_ids])
        _, found, _ = command(place, tmp_path, "parked", "list")
        assert [(row["subject"], row["facts"]) for row in found["parked"]] == [(BAD, 3)]
        _, found, _ = command(place, tmp_path, "parked", "show", BAD)
        assert len(found["waiting"]) == 3
        # Nothing was repaired: it fails again, and stays.
        status, found, _ = command(place, tmp_path, "unpark", BAD)
        assert (status, found["unparked"], found["facts"]) == (1, False, 0)
        assert len(place.rows("parked_fact")) == 3
        # Now it is, while facts go on coming.
        repair(place)
        status, found, complaint = command(place, tmp_path, "unpark", BAD)
        assert (status, found["unparked"], found["facts"]) == (0, True, 3), found or complaint
        place.emit([fact("touchpoint.occurred", 5, of=BAD)])
        place.wait_for(place.head())
        one.stop()
    assert not place.rows("parked_fact")
    place.expect_rows()
    assert command(place, tmp_path, "unpark", BAD)[0] == 2
    assert command(place, tmp_path, "parked", "show", BAD)[0] == 2


#: The database meets an error of its own where a row is the one that is meant.
AT_FAULT = """
CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE 'invalid memory alloc request' USING ERRCODE = 'internal_error'; END $$;
"""


def test_a_fact_on_which_the_database_itself_fails_parks_its_subject(
    place: Place, tmp_path: Path
) -> None:
    place.catch_up()
    place.run(AT_FAULT)
    place.run(
        "CREATE TRIGGER fail BEFORE INSERT ON fact FOR EACH ROW"
        f" WHEN (NEW.subject = '{BAD}') EXECUTE FUNCTION fail()"
    )
    with worker(place, tmp_path) as one:
        place.emit([*story("customer:1", "C1"), *story(BAD, "BAD"), *story("customer:2", "C2")])
        place.wait_for(place.head())
        (told,) = one.wait_for("parked")
        assert told["error"] == "InternalError"
        one.stop()
    assert len(place.rows("parked_fact")) == 3
    status, found, _ = command(place, tmp_path, "unpark", BAD)
    assert (status, found["unparked"]) == (1, False)
    place.run("DROP TRIGGER fail ON fact")
    assert command(place, tmp_path, "unpark", BAD)[0] == 0
    place.expect_rows()


def test_a_database_that_fails_whatever_the_facts_are_is_an_alarm(
    place: Place, tmp_path: Path
) -> None:
    place.catch_up()
    place.emit(story("customer:1", "C1"))
    place.run(AT_FAULT)
    place.run(
        "CREATE TRIGGER fail BEFORE UPDATE ON progress FOR EACH ROW"
        " WHEN (NEW.next_offset <> OLD.next_offset) EXECUTE FUNCTION fail()"
    )
    with worker(place, tmp_path) as one:
        assert one.ended() == 1
    assert one.log[-1]["event"] == "failed"
    assert "XX000" in one.log[-1]["error"]
    assert not place.rows("parked")


def test_a_fact_that_is_truly_bad_is_dismissed(place: Place, tmp_path: Path) -> None:
    """The others of its subject go on, and a rebuild leaves it out too."""
    facts = [
        *story("customer:1", "C1"),
        made(3, of="customer:1", commitment_id="BAD 1"),
        chased(4, of="customer:1", commitment_id="C1"),
        made(5, of="customer:1", commitment_id="BAD 2"),
    ]
    place.home.prepare()
    place.run("ALTER TABLE commitment_made ADD CHECK (commitment_id NOT LIKE 'BAD%')")
    place.emit(facts)
    place.catch_up()
    ((partition,),) = place.ask("SELECT DISTINCT partition FROM parked_fact")
    status, found, _ = command(place, tmp_path, "unpark", "customer:1")
    assert (status, found["failing"]) == (1, {"partition": partition, "offset": 3})
    argv = ["unpark", "customer:1", "--dismiss", f"{partition}:3"]
    status, _, told = command(place, tmp_path, *argv)
    assert (status, "--reason" in told) == (2, True)
    argv += ["--reason", "a file of another program"]
    status, found, _ = command(place, tmp_path, *argv)
    assert (status, found["dismissed"]) == (1, 1), "it holds, though another one is bad too"
    assert found["failing"] == {"partition": partition, "offset": 5}
    status, _, told = command(place, tmp_path, *argv)
    assert (status, "parked show" in told) == (2, True)
    argv[3] = f"{partition}:5"
    status, found, _ = command(place, tmp_path, *argv)
    assert (status, found["unparked"], found["facts"]) == (0, True, 4)
    assert command(place, tmp_path, *argv)[0] == 2
    good = [one for one in place.facts() if one.id not in {facts[3].id, facts[5].id}]
    place.expect_rows(good)
    _, found, _ = command(place, tmp_path, "quarantine", "list", "--state", "dismissed")
    assert [(one["offset"], one["why"]) for one in found["quarantined"]] == [
        (3, "a file of another program"),
        (5, "a file of another program"),
    ]
    rebuild(place.kafka, place.views(), folder=tmp_path / "scratch")
    assert not place.rows("parked")
    place.expect_rows(good)


def test_facts_that_come_while_a_subject_is_let_go_are_folded_once(
    place: Place, tmp_path: Path
) -> None:
    break_for_bad(place)
    place.emit(story(BAD, "BAD"))
    place.catch_up()
    assert len(place.rows("parked_fact")) == 3
    repair(place)
    with worker(place, tmp_path) as one:
        one.wait_for("took over", 3)
        for number in range(5):
            place.emit([fact("touchpoint.occurred", number, of=BAD)])
        assert command(place, tmp_path, "unpark", BAD)[0] == 0
        place.emit([fact("touchpoint.occurred", 9, of=BAD)])
        place.wait_for(place.head())
        one.stop()
    assert not place.rows("parked")
    place.expect_rows()
    assert len(place.rows("fact")) == 9
