"""A night killed with SIGKILL at a commit or a send: one more run, and the books are right."""

from __future__ import annotations

import signal

from include.sample import company
from tests.chaos.cases import Case, each
from tests.chaos.house import House, Place
from tests.chaos.stops import Stop

KILLED = -signal.SIGKILL


def killed(name: str, when: str, site: str, moment: str, number: int = 0, *, always: bool = False) -> Case:
    return Case(
        f"killed {name}", "the process (SIGKILL)", when, is_always=always, given={"stop": Stop(site, moment, number)}
    )


ACCOUNT = (
    killed("before the attempt is opened", "extract, before the commit", "open_attempt", "before"),
    killed("after the attempt is opened", "extract, after the commit", "open_attempt", "after"),
    killed("in the middle of landing", "extract, before the 6th file", "evidence.extract", "before", 5),
    killed("before the attempt is landed", "extract, before the commit", "land_attempt", "before", always=True),
    killed("after the attempt is landed", "extract, after the commit", "land_attempt", "after"),
    killed("before the findings are stored", "validate, before the file", "evidence.validate", "before"),
    killed("before the validation is recorded", "validate, before the commit", "record_validation", "before"),
    killed("after the validation is recorded", "validate, after the commit", "record_validation", "after"),
    killed("before the first evidence of account", "account, before the file", "evidence.account", "before"),
    killed("in the middle of the evidence of account", "account, after the 5th file", "evidence.account", "after", 4),
    killed("before the batch is written", "account, before its transaction", "commit_batch", "before"),
    killed("inside the open transaction of the batch", "account, all is written", "commit_batch", "open", always=True),
    killed("after the batch is committed", "account, before anyone hears of it", "commit_batch", "committed"),
)
NIGHT_TWO = tuple(
    killed(f"on night two {case.name.removeprefix('killed ')}", case.when, *_place, always=False)
    for case in (ACCOUNT[3], ACCOUNT[-2], ACCOUNT[-1])
    for _place in [(case.given["stop"].site, case.given["stop"].moment, case.given["stop"].number)]
)
_FIRST, _MIDDLE, _LAST = 0, 7, 15
POST = (
    killed("before sending is committed", "posting, first entry", "change.sending", "before"),
    killed("inside the transaction of sending", "posting, first entry", "change", "open"),
    killed("after sending is committed", "posting, first entry", "change.sending", "after"),
    killed("before the first byte of a create", "posting, 8th entry", "http.write", "before", 2 * _MIDDLE),
    killed("after the answer to a create", "posting, 8th entry", "erp.create", "after", _MIDDLE, always=True),
    killed("inside the transaction of created", "posting, 8th entry", "change", "open", 3 * _MIDDLE + 1),
    killed("after created is committed", "posting, 8th entry", "change.created_unreleased", "after", _MIDDLE),
    killed("before the first byte of a post", "posting, 8th entry", "http.write", "before", 2 * _MIDDLE + 1),
    killed("after the answer to a post", "posting, 8th entry", "erp.release", "after", _MIDDLE, always=True),
    killed("inside the transaction of posted", "posting, 8th entry", "change", "open", 3 * _MIDDLE + 2),
    killed("after posted is committed", "posting, 8th entry", "change.posted", "after", _MIDDLE),
    killed("after the last entry is posted", "posting, last entry", "change.posted", "after", _LAST),
    killed("before the ledger is read back", "posting", "erp.read_back_many", "before"),
    killed("before the first entry is verified", "posting", "change.verified", "before"),
    killed("between two verified entries", "posting, 8th entry", "change.verified", "after", _MIDDLE),
    killed("after the last entry is verified", "posting", "change.verified", "after", _LAST),
    *(
        killed(f"after {done} of entry {number + 1}", "posting", site, "after", number)
        for number in (1, 2, 3, 5, 9, 12, 14)
        for site, done in (("change.sending", "sending"), ("erp.create", "the create"), ("erp.release", "the post"))
    ),
)


@each(*ACCOUNT)
def test_night_one(house: House, evening: Place, case: Case) -> None:
    with house.copy(evening) as books:
        status, _ = books.start(company.NIGHTS[0].as_of, case.given["stop"]).end()
        assert status == KILLED
        books.complete()
        books.require_right()


@each(*NIGHT_TWO)
def test_night_two(house: House, second_evening: Place, case: Case) -> None:
    night = company.NIGHTS[1]
    with house.copy(second_evening) as books:
        assert books.run(night.as_of, case.given["stop"])[0] == KILLED
        books.complete(night)
        books.require_right(night)


@each(*POST)
def test_posting(house: House, nearly_posted: Place, case: Case) -> None:
    with house.copy(nearly_posted) as books:
        assert books.run(company.NIGHTS[0].as_of, case.given["stop"], steps=("post",), entities=("UK",))[0] == KILLED
        books.complete(steps=("post", "verdict"), entities=("UK",))
        books.require_right()


TWICE = (
    Case(
        "killed twice in a row at the same entry",
        "the process (SIGKILL)",
        "after a create, and again while its doubt is settled",
        given={"stops": [Stop("erp.create", "after", 3), Stop("change.created_unreleased", "after", 0)]},
    ),
    Case(
        "killed three times in a row at the same entry",
        "the process (SIGKILL)",
        "after a create, before and after the post of its draft",
        given={
            "stops": [
                Stop("erp.create", "after", 3),
                Stop("erp.release", "before", 0),
                Stop("erp.release", "after", 0),
            ]
        },
    ),
)


@each(*TWICE)
def test_posting_killed_again_and_again(house: House, nearly_posted: Place, case: Case) -> None:
    with house.copy(nearly_posted) as books:
        for stop in case.given["stops"]:
            assert books.run(company.NIGHTS[0].as_of, stop, steps=("post",), entities=("UK",))[0] == KILLED
        books.complete(steps=("post", "verdict"), entities=("UK",))
        books.require_right()
