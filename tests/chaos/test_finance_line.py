"""The line to the finance database breaks at a commit: nobody knows whether it holds, until the database is asked."""

from __future__ import annotations

from pathlib import Path

from include.sample import company
from tests.chaos.cases import Case, each
from tests.chaos.house import House, Place, wait_for
from tests.chaos.stops import Stop
from tests.chaos.wire_cutter import wire_cutter

NIGHT = company.NIGHTS[0]
_BATCH, _CHANGE, _ATTEMPT = b"insert into tieout.batch (", b"insert into posting_transition", b"insert into attempt"


def cut(name: str, when: str, marker: bytes, number: int, *, heard: bool, always: bool = False) -> Case:
    given = {"marker": marker, "number": number, "is_heard": heard}
    return Case(name, "the line to the finance database", when, is_always=always, given=given)


ACCOUNT = (
    cut("the line breaks before the batch's commit arrives", "commit of the batch", _BATCH, 0, heard=False),
    cut("the line breaks after the batch has committed", "commit of the batch", _BATCH, 0, heard=True, always=True),
    cut("the line breaks before the attempt's commit arrives", "opening of the attempt", _ATTEMPT, 0, heard=False),
    cut("the line breaks after the attempt has committed", "opening of the attempt", _ATTEMPT, 0, heard=True),
)
# Three commits per entry: sending, created, posted.
POST = tuple(
    cut(f"the line breaks {moment} of {step}", "posting, entry 3", _CHANGE, 6 + number, heard=heard)
    for number, step in enumerate(("sending", "created", "posted"))
    for heard, moment in ((False, "before the commit arrives"), (True, "after the commit"))
)


@each(*ACCOUNT)
def test_account(house: House, evening: Place, case: Case) -> None:
    given = case.given
    with (
        house.copy(evening) as books,
        wire_cutter(house.postgres.port, given["marker"], given["number"], is_heard=given["is_heard"]) as cutter,
    ):
        books.ports["finance"] = cutter.port
        _, errors = books.run(NIGHT.as_of, steps=("account",))
        assert {kind for kind, _ in errors} <= {"SystemUnreachableError"}
        assert cutter.cuts == 1
        books.complete()
        books.require_right()


@each(*POST)
def test_posting(house: House, nearly_posted: Place, case: Case) -> None:
    given = case.given
    with (
        house.copy(nearly_posted) as books,
        wire_cutter(house.postgres.port, given["marker"], given["number"], is_heard=given["is_heard"]) as cutter,
    ):
        books.ports["finance"] = cutter.port
        _, errors = books.run(NIGHT.as_of, steps=("post",), entities=("UK",))
        assert {kind for kind, _ in errors} <= {"SystemUnreachableError", "LeaseHeldError"}
        assert cutter.cuts == 1
        books.complete(steps=("post", "verdict"), entities=("UK",))
        books.require_right()


ENDED = (
    Case(
        "the database ends the session inside the open transaction of the batch",
        "the finance database (pg_terminate_backend)",
        "account, all is written and not committed",
        given={"site": "commit_batch", "state": "idle in transaction", "steps": ("account",)},
    ),
    Case(
        "the database ends the session inside the open transaction of sending",
        "the finance database (pg_terminate_backend)",
        "posting, first entry, written and not committed",
        given={"site": "change", "state": "idle in transaction", "steps": ("post",)},
    ),
)


@each(*ENDED)
def test_session_ended(house: House, evening: Place, accounted: Place, tmp_path: Path, case: Case) -> None:
    folder = tmp_path / "meeting"
    folder.mkdir()
    with house.copy(evening if case.given["site"] == "commit_batch" else accounted) as books:
        night = books.start(NIGHT.as_of, Stop(case.given["site"], "open", 0, str(folder)), steps=case.given["steps"])
        wait_for(lambda: list(folder.glob("reached-*")))
        assert books.cut_connections(case.given["state"])
        (folder / "go").touch()
        _, errors = night.end()
        assert [kind for kind, _ in errors][:1] == ["SystemUnreachableError"] or case.given["site"] == "change"
        books.complete()
        books.require_right()
