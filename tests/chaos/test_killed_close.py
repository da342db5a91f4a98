"""A close killed with SIGKILL at each of its steps: it goes on where it was, locks once, and leaves no period half closed."""

from __future__ import annotations

import signal

from include.finance.period import PeriodState
from include.pipelines.verify_audit import verify_audit
from tests.chaos.cases import Case, each
from tests.chaos.close_process import RUN_ID, TASKS
from tests.chaos.house import Books, House, Place
from tests.chaos.stops import Stop

KILLED = -signal.SIGKILL
ENTITY, PERIOD = "JP", "2026-01"


def killed(name: str, task: str, site: str, moment: str, number: int = 0, *, always: bool = False) -> Case:
    given = {"task": task, "stops": [Stop(f"{task}.{site}", moment, number)]}
    return Case(f"close killed {name}", "the process (SIGKILL)", f"close, {task}", is_always=always, given=given)


CLOSED = (
    killed("before its beginning is committed", "soft_lock", "commit", "before"),
    killed("after its beginning is committed", "soft_lock", "commit", "after"),
    killed("before the soft lock is committed", "soft_lock", "commit", "before", 1),
    killed("after the soft lock is committed", "soft_lock", "commit", "after", 1),
    killed("before the period is closed in the ERP", "soft_lock", "erp", "before"),
    killed("after the period is closed in the ERP", "soft_lock", "erp", "after"),
    killed("in the middle of the tie-out", "tie_out", "commit", "after", 4),
    killed("before the ERP's entries are stored", "package", "evidence", "before"),
    killed("after the ERP's entries are stored", "package", "evidence", "after"),
    killed("before the second file of the package", "package", "evidence", "before", 1),
    killed("before the proposal is committed", "package", "commit", "before", 5),
    killed("after the proposal is committed", "package", "commit", "after", 5),
    killed("after the question is committed", "approval", "commit", "after"),
    killed("before the answer is committed", "approval", "commit", "before", 1),
    killed("after the answer is committed", "approval", "commit", "after", 1),
    killed("before the ERP is read again", "lock", "commit", "after", 1),
    killed("before the lock is committed", "lock", "commit", "before", 2),
    killed("after the lock is committed", "lock", "commit", "after", 2, always=True),
    killed("before the signed package is stored", "publish", "evidence", "before"),
    killed("after the signed package is stored", "publish", "evidence", "after", 1),
    killed("before its end is told", "outcome", "commit", "before"),
)
OPENED = (
    killed("before a refused period is opened here", "outcome", "commit", "before"),
    killed("after a refused period is opened here", "outcome", "commit", "after"),
    killed("before a refused period is opened in the ERP", "outcome", "erp", "before", always=True),
    killed("after a refused period is opened in the ERP", "outcome", "erp", "after"),
)
TWICE = (
    Case(
        "close killed twice in a row at the soft lock",
        "the process (SIGKILL)",
        "close, after the commit here, and again after the ERP's",
        given={"task": "soft_lock", "kills": [Stop("soft_lock.commit", "after", 1), Stop("soft_lock.erp", "after")]},
    ),
    Case(
        "close killed twice in a row at the lock",
        "the process (SIGKILL)",
        "close, before the commit of the lock, and again after it",
        given={"task": "lock", "kills": [Stop("lock.commit", "before", 2), Stop("lock.commit", "after", 2)]},
    ),
)


@each(*CLOSED)
def test_it_goes_on_where_it_was(house: House, closable: Place, case: Case) -> None:
    task = TASKS.index(case.given["task"])
    with house.copy(closable) as books:
        assert books.close(TASKS[: task + 1], *case.given["stops"], entity=ENTITY, period=PERIOD)[0] == KILLED
        assert books.close(TASKS[task:], entity=ENTITY, period=PERIOD) == (0, [])
        require_closed_once(books)


@each(*TWICE)
def test_it_goes_on_where_it_was_killed_twice(house: House, closable: Place, case: Case) -> None:
    task = TASKS.index(case.given["task"])
    first, second = case.given["kills"]
    with house.copy(closable) as books:
        assert books.close(TASKS[: task + 1], first, entity=ENTITY, period=PERIOD)[0] == KILLED
        assert books.close(TASKS[task : task + 1], second, entity=ENTITY, period=PERIOD)[0] == KILLED
        assert books.close(TASKS[task:], entity=ENTITY, period=PERIOD) == (0, [])
        require_closed_once(books)


@each(*OPENED)
def test_what_was_not_locked_is_open_here_and_in_the_erp(house: House, closable: Place, case: Case) -> None:
    with house.copy(closable) as books:
        assert books.close(("soft_lock", "outcome"), *case.given["stops"], entity=ENTITY, period=PERIOD)[0] == KILLED
        assert books.close(("outcome",), entity=ENTITY, period=PERIOD) == (0, [])
        assert (here(books), in_erp(books)) == (["open"], PeriodState.OPEN)
        assert [row["state"] for row in books.ask("select state from period_close")] == ["ended"]
        books.require_right()
        # Nothing stands in the way of the next one.
        with_another_run = books.ask("update period_close set run_id = 'manual__before' returning close_no")
        assert len(with_another_run) == 1
        assert books.close(TASKS, entity=ENTITY, period=PERIOD) == (0, [])
        assert (here(books), in_erp(books)) == (["closed"], PeriodState.CLOSED)


def require_closed_once(books: Books) -> None:
    """One close has locked the period, here and in the ERP; the books are what they were, and the log is whole."""
    [close] = books.ask("select run_id, state, decided_by, close_hash = asked_hash as is_asked from period_close")
    assert close == {"run_id": RUN_ID, "state": "closed", "decided_by": "controller", "is_asked": True}
    assert (here(books), in_erp(books)) == (["closed"], PeriodState.CLOSED)
    books.require_right()
    app = books.app()
    assert verify_audit(app.finance(), app.evidence()).faults == ()
    # Once more: a task that is cleared changes nothing.
    assert books.close(("lock", "outcome"), entity=ENTITY, period=PERIOD) == (0, [])
    assert (here(books), in_erp(books)) == (["closed"], PeriodState.CLOSED)


def here(books: Books) -> list[str]:
    return [row["state"] for row in books.ask("select state from accounting_period where period_name = %s", PERIOD)]


def in_erp(books: Books) -> PeriodState:
    app = books.app()
    entity = app.configuration.legal_entities[ENTITY]
    return next(each.state for each in app.erp(entity.erp_code).periods(entity) if each.name == PERIOD)
