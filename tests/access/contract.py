"""What every store of keys, passes and access records promises."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from application.access.store import AccessStore
from domain.access import AccessRecord
from tests.access.given import NOW, stored_key, stored_pass

LATER = NOW + timedelta(minutes=5)


class StoreContract:
    """Each store runs these, with a ``store`` of its own and ``another`` opened on the same."""

    def test_a_key_is_kept_as_it_is(self, store: AccessStore, another: AccessStore) -> None:
        whole = stored_key(
            "b",
            b"\0" * 32,
            scopes=("emit", "ask"),
            departments=("Größe", "care"),
            expires_at=LATER,
        )
        assert store.add_key(whole)
        assert store.add_key(stored_key("a", b"\1" * 32, departments=()))
        assert [key.name for key in another.all_keys()] == ["a", "b"]
        assert another.all_keys()[1] == whole
        assert another.all_keys()[0].departments == ()

    def test_a_name_is_taken_once(self, store: AccessStore, another: AccessStore) -> None:
        assert store.add_key(stored_key("a", b"\1" * 32))
        assert not another.add_key(stored_key("a", b"\2" * 32))
        store.revoke("a", NOW)
        assert not another.add_key(stored_key("a", b"\2" * 32))
        assert [key.digest for key in store.all_keys()] == [b"\1" * 32]

    def test_keys_are_found_by_how_their_digests_begin(self, store: AccessStore) -> None:
        assert store.keys_like(b"\1" * 32) == []
        for name, digest in (("a", b"\1" * 32), ("b", b"\1" * 8 + b"\2" * 24), ("c", b"\3" * 32)):
            store.add_key(stored_key(name, digest))
        assert {key.name for key in store.keys_like(b"\1" * 32)} == {"a", "b"}
        assert store.keys_like(b"\1" * 7 + b"\2" * 25) == []

    def test_a_revocation_is_seen_by_others_at_once(
        self, store: AccessStore, another: AccessStore
    ) -> None:
        store.add_key(stored_key("a", b"\1" * 32))
        store.add_pass(stored_pass("a", b"\2" * 32), NOW)
        assert another.revoke("a", LATER) == stored_key("a", b"\1" * 32, revoked_at=LATER)
        assert [key.revoked_at for key in store.keys_like(b"\1" * 32)] == [LATER]
        assert store.passes_like(b"\2" * 32) == []
        assert store.revoke("a", LATER + timedelta(days=1)) == another.all_keys()[0]
        assert another.all_keys()[0].revoked_at == LATER
        assert store.revoke("b", LATER) is None

    def test_a_pass_of_a_key_that_was_revoked_is_none(self, store: AccessStore) -> None:
        store.add_key(stored_key("a", b"\1" * 32))
        store.revoke("a", NOW)
        store.add_pass(stored_pass("a", b"\2" * 32), NOW)
        assert store.passes_like(b"\2" * 32) == []

    def test_the_last_use_only_moves_on(self, store: AccessStore, another: AccessStore) -> None:
        store.add_key(stored_key("a", b"\1" * 32))
        store.note_use("a", LATER)
        another.note_use("a", NOW)
        store.note_use("nobody", LATER)
        assert [key.used_at for key in another.all_keys()] == [LATER]

    def test_passes(self, store: AccessStore, another: AccessStore) -> None:
        whole = stored_pass(
            "a", b"\2" * 32, kind="ticket", scopes=("ask", "desk"), departments=("x",)
        )
        store.add_pass(whole, NOW)
        assert another.passes_like(b"\2" * 32) == [whole]
        assert another.passes_like(b"\3" * 32) == []
        assert another.end_pass(whole.digest)
        assert not store.end_pass(whole.digest)
        assert store.passes_like(whole.digest) == []
        for number in (4, 5):
            store.add_pass(stored_pass("b", bytes([number]) * 32), NOW)
        store.add_pass(stored_pass("c", b"\6" * 32), NOW)
        assert another.end_passes_of("b") == 2
        assert another.end_passes_of("b") == 0
        assert len(store.passes_like(b"\6" * 32)) == 1

    def test_passes_that_have_expired_are_forgotten(self, store: AccessStore) -> None:
        store.add_pass(stored_pass("a", b"\2" * 32, expires_at=LATER), NOW)
        store.add_pass(stored_pass("a", b"\3" * 32), LATER)
        assert not store.end_pass(b"\2" * 32)
        assert store.end_pass(b"\3" * 32)

    def test_of_many_who_end_a_pass_one_does(self, store: AccessStore) -> None:
        store.add_pass(stored_pass("a", b"\2" * 32), NOW)
        with ThreadPoolExecutor(8) as threads:
            ended = list(threads.map(store.end_pass, [b"\2" * 32] * 8))
        assert ended.count(True) == 1

    def test_records_in_their_order(self, store: AccessStore, another: AccessStore) -> None:
        assert store.records(0, 10) == []
        for number, who in enumerate(("a", "b", "a", "a")):
            read = AccessRecord(NOW, who, f"GET /{number}", ("x.y",), ("1", "2"))
            (store if number % 2 else another).record(read)
        first, *_ = everything = store.records(0, 10)
        assert first == AccessRecord(NOW, "a", "GET /0", ("x.y",), ("1", "2"), first.number)
        numbers = [one.number for one in everything]
        assert numbers == sorted(set(numbers))
        assert another.records(numbers[1], 1) == everything[2:3]
        assert another.records(0, 2, "a") == [everything[0], everything[2]]
        assert another.records(numbers[-1], 5) == []

    def test_records_of_many_at_once(self, store: AccessStore) -> None:
        read = AccessRecord(NOW, "a", "GET /", ("x.y",), ("1",))
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(store.record, [read] * 40))
        assert len(store.records(0, 100)) == 40
