"""The commands of a rebuild on a server home."""

from __future__ import annotations

import random
from pathlib import Path

import psycopg
import pytest

from projections.postgres.bulk_fold import ScratchFile
from tests.chaos.facts import parcels
from tests.consumers.server_rebuild.homes import Home
from tests.helpers import ask, run


@pytest.fixture
def folder(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the home; temporary files are beside it."""
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "pledger.toml").write_text(
        f'[kafka]\nbootstrap_servers = "{home.kafka.bootstrap_servers}"\n'
        f'topic = "{home.kafka.topic}"\n[postgres]\ndsn = "{home.dsn}"\n',
        encoding="utf-8",
    )
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    return folder


def test_it_tells_how_far_it_is_and_what_it_did(
    home: Home, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.send(parcels(random.Random(11))[:400])
    seen = []
    whole = ScratchFile.fold

    def fold(scratch: ScratchFile) -> None:
        seen.append((ask(folder, ["status"]), run(folder, ["status"]), run(folder, ["rebuild"])))
        whole(scratch)

    monkeypatch.setattr(ScratchFile, "fold", fold)
    answer = ask(folder, ["rebuild"])
    ((status, shown, refused),) = seen
    assert (status["building"]["generation"], status["building"]["phase"]) == (2, "folding")
    assert "generation 2 is being built by process" in shown.out
    assert refused.code == 1
    assert "expected no other process to build the views anew" in refused.err
    assert answer["facts"] == len(home.sent()[0])
    status = ask(folder, ["status"])
    assert (status["building"], status["generation"], status["lag"]) == (None, 2, 0)
    home.expect_whole()
    assert not list((folder.parent / "temporary").iterdir())


def test_views_of_theirs_that_are_in_the_way_are_told_of_when_it_is_done(
    home: Home, folder: Path
) -> None:
    home.send(parcels(random.Random(12))[:50])
    home.keep_up()
    with psycopg.connect(home.dsn, autocommit=True) as theirs:
        # A column that the new views have not.
        theirs.execute("ALTER TABLE pledger_g1.suspense ADD COLUMN gone text")
        theirs.execute("CREATE OR REPLACE VIEW pledger.suspense AS TABLE pledger_g1.suspense")
        theirs.execute("CREATE VIEW theirs AS SELECT gone FROM pledger.suspense")
        outcome = run(folder, ["rebuild"])
        assert outcome.code == 0, outcome.err
        assert outcome.err.count("view theirs depends on") == 1
        assert "drop them, start a worker" in outcome.err
        assert ask(folder, ["status"])["generation"] == 2
        home.expect_whole()
        theirs.execute("DROP VIEW theirs")
    assert run(folder, ["rebuild"]).err == ""
    assert home.schemas() == {"pledger_g3"}


def test_it_folds_where_and_with_as_much_memory_as_it_is_told(
    home: Home, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.send(parcels(random.Random(13))[:50])
    place = folder.parent / "large" / "disk"
    seen = []
    whole = ScratchFile.fold

    def fold(scratch: ScratchFile) -> None:
        ((memory,),) = scratch.session.rows("SELECT current_setting('memory_limit')")
        (own,) = place.iterdir()
        seen.append((memory, own.name.startswith("pledger-rebuild-"), own.stat().st_mode & 0o777))
        whole(scratch)

    monkeypatch.setattr(ScratchFile, "fold", fold)
    ask(folder, ["rebuild", "--scratch", str(place), "--memory", "700MB"])
    assert seen == [("667.5 MiB", True, 0o700)]
    assert list(place.iterdir()) == []
    assert not (folder.parent / "temporary").exists()
    home.expect_whole()
    refused = run(folder, ["rebuild", "--memory", "lots"])
    assert refused.code == 2
    assert "expected a size such as 2GB or 800MB, saw 'lots'" in refused.err
