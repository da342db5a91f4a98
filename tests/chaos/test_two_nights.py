"""Two nights at once: both compare before either commits, and both post."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from include.sample import company
from tests.chaos.cases import Case, each
from tests.chaos.house import Books, House, Place, Process, wait_for
from tests.chaos.stops import Stop

FIRST, SECOND = company.NIGHTS


def meet(books: Books, folder: Path, site: str, nights: list[company.Night], **named: object) -> list[Process]:
    """Start nights that wait for each other at a place, and let them go on together."""
    folder.mkdir()
    processes = [books.start(night.as_of, Stop(site, folder=str(folder)), **named) for night in nights]
    wait_for(lambda: len(list(folder.glob("reached-*"))) == len(nights))
    (folder / "go").touch()
    return processes


SAME = (
    Case(
        "two runs of one night at once",
        "a second process",
        "both have compared, neither has committed",
        is_always=True,
        given={"site": "open_commit", "nights": [FIRST, FIRST]},
    ),
    Case(
        "three runs of one night at once",
        "two more processes",
        "all have compared, none has committed",
        given={"site": "open_commit", "nights": [FIRST, FIRST, FIRST]},
    ),
    Case(
        "two runs of one night open their attempts at once",
        "a second process",
        "before either attempt is opened",
        given={"site": "open_attempt", "nights": [FIRST, FIRST]},
    ),
)


@each(*SAME)
def test_one_night_twice(house: House, evening: Place, tmp_path: Path, case: Case) -> None:
    with house.copy(evening) as books:
        for process in meet(books, tmp_path / "meeting", case.given["site"], case.given["nights"]):
            # Who comes second to a legal entity leaves it to the first.
            assert {kind for kind, _ in process.end()[1]} <= {"LeaseHeldError", "NightUnfinishedError"}
        books.complete()
        books.require_right(is_outcome_known=False)


CONSECUTIVE = (
    Case(
        "a night and the next one at once",
        "a process for the next night",
        "both have compared, neither has committed",
        given={"order": 1},
    ),
    Case(
        "a night and the next one at once, the later one first",
        "a process for the next night",
        "both have compared, neither has committed",
        given={"order": -1},
    ),
)


@each(*CONSECUTIVE)
def test_two_consecutive_nights(house: House, filled: str, tmp_path: Path, case: Case) -> None:
    place = Place(filled, house.finance_template, house.tryton_template)
    with house.copy(place, with_billing=True) as books:
        with company.hold_late_transaction(house.owner(books.place.billing)):
            nights = [FIRST, SECOND][:: case.given["order"]]
            for process in meet(books, tmp_path / "meeting", "open_commit", nights):
                assert {kind for kind, _ in process.end()[1]} <= {"LeaseHeldError", "NightUnfinishedError"}
        house.begin_second_day(books.place)
        later = replace(SECOND, as_of=SECOND.as_of + timedelta(minutes=1))
        books.complete(later)
        books.require_right(SECOND, is_outcome_known=False)


POSTING = (
    Case(
        "two processes post one legal entity at once",
        "a second process",
        "both stand before the list of what the ERP has",
        is_always=True,
    ),
)


@each(*POSTING)
def test_posting_twice(house: House, nearly_posted: Place, tmp_path: Path, case: Case) -> None:
    with house.copy(nearly_posted) as books:
        only_uk = {"steps": ("post",), "entities": ("UK",)}
        folder = tmp_path / "meeting"
        folder.mkdir()
        first = books.start(FIRST.as_of, Stop("change.sending", "after", 3, str(folder)), **only_uk)
        wait_for(lambda: list(folder.glob("reached-*")))
        status, errors = books.run(FIRST.as_of, **only_uk)
        assert (status, [kind for kind, _ in errors]) == (1, ["LeaseHeldError"])
        (folder / "go").touch()
        first.end()
        books.complete(**only_uk)
        books.require_right()


ASLEEP = (
    Case(
        "a sender asleep while another takes over",
        "the sender's connection to the finance database, and its clock",
        "after its last look at the lease, before the first byte of a create",
        is_always=True,
    ),
)


@each(*ASLEEP)
def test_a_sender_that_slept_leaves_nothing_behind(
    house: House, nearly_posted: Place, tmp_path: Path, case: Case
) -> None:
    with house.copy(nearly_posted) as books:
        only_uk = {"steps": ("post",), "entities": ("UK",)}
        folder = tmp_path / "meeting"
        folder.mkdir()
        sleeper = books.start(FIRST.as_of, Stop("http.write", "before", 6, str(folder)), **only_uk)
        wait_for(lambda: list(folder.glob("reached-*")))
        # Its machine hangs and PostgreSQL takes the connection for dead: the lock is free.
        books.cut_connections()
        books.complete(**only_uk)
        (folder / "go").touch()
        sleeper.end()
        books.complete(**only_uk)
        books.require_right()
