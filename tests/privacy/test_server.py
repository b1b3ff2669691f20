"""What is no fact on a topic, and what a fold fails on, is quoted nowhere: not by the worker, its
numbers, `status`, quarantine, or the reason for which a subject is parked."""

from __future__ import annotations

from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.consumers.server.place import Place
from tests.consumers.server.workers import command, worker
from tests.domain.given import made
from tests.helpers import wait_until
from tests.privacy.planted import SECRET, messages, traces
from tests.servers.process import free_ports


@pytest.fixture
def place(broker: str, topic: str, postgres: str) -> Place:
    return Place(broker, topic, postgres)


def test_a_server_home_quotes_nothing(place: Place, tmp_path: Path) -> None:
    place.home.prepare()
    # The fold fails on what somebody said, and PostgreSQL's words for that have the row.
    place.run("ALTER TABLE commitment_made ADD CONSTRAINT fault CHECK (wording IS NULL)")
    (port,) = free_ports(1)
    said: list[str] = []
    with worker(place, tmp_path, "--metrics", str(port)) as one:
        for message in list(messages())[::4]:
            headers = {name: value or b"" for name, value in message.headers}
            place.send(message.value, key=message.key, headers=headers)
        place.emit([made(1, of="customer:9", commitment_id="C9", wording=SECRET)])
        place.wait_for(place.head())
        one.wait_for("parked")
        for asked in (["status"], ["quarantine", "list", "--limit", "5000"], ["parked", "list"]):
            _, found, complaint = command(place, tmp_path, *asked)
            said.append(f"{found} {complaint}")

        def numbers() -> str:
            with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
                text: str = answer.read().decode()
                return text

        wait_until(lambda: "pledger_parked_subjects 1" in numbers())
        said.append(numbers())
        one.stop()
    said += one.lines
    assert len(one.events("quarantined")) > 50
    ((reason,),) = place.ask("SELECT reason FROM parked")
    assert "fault" in reason
    assert not [each for each in (*said, reason) if traces(each)]


def test_a_rebuild_leaves_the_reading_role_its_rights(place: Place, tmp_path: Path) -> None:
    place.home.prepare()
    place.emit([made(1, of="customer:9", commitment_id="C9")])
    place.catch_up()
    for _ in range(2):
        status, found, complaint = command(place, tmp_path, "sql", "SELECT about FROM commitment")
        assert (status, len(found), complaint) == (0, 1, "")
        assert command(place, tmp_path, "rebuild")[0] == 0
