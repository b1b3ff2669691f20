"""Those who post, who decide and who ask, all at once, at a home whose views stay open."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from application.serving_home import ServingHome
from tests.helpers import PATIENCE, ask, emit
from tests.homes import RUNTIME
from tests.http.client import BATCH, door, told
from tests.http.given import content, id_of, made

TIMES = 12
LATER = "2027-01-01T00:00:00Z"


def test_nobody_keeps_another_waiting_for_good(tmp_path: Path) -> None:
    emit(tmp_path, [made(1)])
    with closing(ServingHome(tmp_path, RUNTIME, lambda sentence: None)) as home, door(home) as at:

        def post(number: int) -> None:
            """Facts, of which the answer to the next question knows."""
            events = [made(10 + number * 2 + more) for more in range(2)]
            head = told(at.post("/v1/facts", content=content(*events), headers=BATCH))["head"]
            address = f"/v1/commitments/C{11 + number * 2}"
            found = told(at.get(address, params={"after": head, "wait": "PT30S", "as_of": LATER}))
            assert found["state"] == "open"

        def decide(number: int) -> None:
            said = {"department": "care", "customer": f"customer:{number}", "about": "delivery"}
            id = told(at.post("/v1/commitments", json=said))["commitment_id"]
            kept = told(at.post(f"/v1/commitments/{id}/honour", json={"department": "care"}))
            assert kept["state"] == "honoured"

        def retract(number: int) -> None:
            """What has the desk look at all the views again."""
            gone = made(
                1000 + number, type="fact.retracted", data={"fact_id": id_of(1), "reason": "wrong"}
            )
            told(at.post("/v1/facts", content=content(gone), headers=BATCH))

        def look(number: int) -> None:
            told(at.get("/v1/due", params={"within": "P7D"}))
            told(at.get("/v1/status"))

        def elsewhere(number: int) -> None:
            """Another process would do the same."""
            emit(tmp_path, [made(2000 + number)])
            assert ask(tmp_path, ["commitment", f"C{2000 + number}"])["state"] == "open"

        work: list[Callable[[int], None]] = [post, decide, retract, look, elsewhere]
        with ThreadPoolExecutor(len(work)) as threads:

            def repeatedly(each: Callable[[int], None]) -> None:
                for number in range(TIMES):
                    each(number)

            for done in [threads.submit(repeatedly, each) for each in work]:
                done.result(PATIENCE)
        assert told(at.get("/v1/status"))["head"] == 1 + TIMES * (2 + 2 + 1 + 1)
