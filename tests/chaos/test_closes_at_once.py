"""Two closes of one period at once, and a close while a night is being accounted: one of them waits, and the period is locked once."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from include.sample import company
from tests.chaos.cases import Case, each
from tests.chaos.close_process import TASKS
from tests.chaos.house import House, Place, by_account, wait_for
from tests.chaos.stops import Stop
from tests.chaos.test_killed_close import ENTITY, PERIOD, here, require_closed_once

SECOND = company.NIGHTS[1]
AT_ONCE = (
    Case(
        "two closes of one period begin at once",
        "a second process",
        "close, soft_lock",
        given={"done": 0, "task": "soft_lock", "stops": []},
    ),
    Case(
        "two processes lock one period at once",
        "a second process",
        "close, lock, both have looked at their approval",
        is_always=True,
        given={"done": 4, "task": "lock", "stops": [("lock.commit", "after", 1)]},
    ),
)


@each(*AT_ONCE)
def test_two_closes_at_once(house: House, closable: Place, tmp_path: Path, case: Case) -> None:
    given, of = case.given, {"entity": ENTITY, "period": PERIOD}
    with house.copy(closable) as books:
        if given["done"]:
            assert books.close(TASKS[: given["done"]], **of) == (0, [])
        stops = [Stop(*stop, str(tmp_path)) for stop in given["stops"]]
        two = [books.start_close((given["task"],), *stops, **of) for _ in range(2)]
        if stops:
            wait_for(lambda: len(list(tmp_path.glob("reached-*"))) == len(two))
            (tmp_path / "go").touch()
        ends = [process.end() for process in two]
        assert (0, []) in ends
        assert {kind for _, errors in ends for kind, _ in errors} <= {"PeriodCloseError"}
        assert books.close(TASKS[given["done"] :], **of) == (0, [])
        require_closed_once(books)


DURING = (
    Case(
        "a close begins while a night is being accounted",
        "a night beside it",
        "the batch is written and not committed",
        given={},
    ),
)


@each(*DURING)
def test_a_close_during_a_night(house: House, closable: Place, tmp_path: Path, case: Case) -> None:
    """The soft lock waits until the night has committed; what the night could not post any more is dated in the next period."""
    of = {"entity": ENTITY, "period": PERIOD}
    with house.copy(closable, with_billing=True) as books:
        house.begin_second_day(books.place)
        night = books.start(SECOND.as_of, Stop("commit_batch", "open", 0, str(tmp_path)))
        wait_for(lambda: list(tmp_path.glob("reached-*")), 240)
        close = books.start_close(("soft_lock",), **of)
        time.sleep(3)
        assert (close.is_on_its_way(), "soft_closed" in here(books)) == (True, False)
        (tmp_path / "go").touch()
        night.end()
        assert close.end() == (0, [])
        assert here(books) == ["soft_closed"]
        books.run(SECOND.as_of + timedelta(minutes=1))
        assert books.close(TASKS[1:], **of) == (0, [])
        assert here(books) == ["closed"]
        books.complete(replace(SECOND, as_of=SECOND.as_of + timedelta(minutes=2)))
        books.require_once()
        books.require_booked_once()
        assert by_account(books.ledger(SECOND)) == by_account(books.answer(SECOND))
