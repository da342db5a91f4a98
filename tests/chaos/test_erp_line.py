"""The line to the ERP: answers go lost, requests arrive late, the ERP refuses to talk. Each entry is there once all the same."""

from __future__ import annotations

from threading import Timer

from include.sample import company
from tests.chaos.cases import Case, each
from tests.chaos.faulty_proxy import CREATE, RELEASE, Fault, faulty_proxy
from tests.chaos.house import TIMES, House, Place

NIGHT = company.NIGHTS[0]
ONLY_UK = {"steps": ("post",), "entities": ("UK",)}


def line(name: str, method: str, *faults: Fault, after: int = 2, always: bool = False) -> Case:
    what = "create" if method == CREATE else "post"
    given = {"plan": {method: [*[None] * after, *faults]}}
    return Case(name, "the line to the ERP", f"{what} of entry {after + 1}", is_always=always, given=given)


LINE = (
    line("the answer to a create goes lost", CREATE, Fault.ANSWER_LOST, always=True),
    line("the answer to a post goes lost", RELEASE, Fault.ANSWER_LOST, always=True),
    line("two answers to a create in a row go lost", CREATE, Fault.ANSWER_LOST, Fault.ANSWER_LOST),
    line("two answers to a post in a row go lost", RELEASE, Fault.ANSWER_LOST, Fault.ANSWER_LOST),
    line("three answers to a create in a row go lost", CREATE, *[Fault.ANSWER_LOST] * 3),
    line("a create is answered with 503", CREATE, Fault.UNAVAILABLE),
    line("a post is answered with 503", RELEASE, Fault.UNAVAILABLE),
    line("a create is reset before it arrives", CREATE, Fault.RESET),
    line("a post is reset before it arrives", RELEASE, Fault.RESET),
    line("the first create is reset before it arrives", CREATE, Fault.RESET, after=0),
)


@each(*LINE)
def test_line(house: House, nearly_posted: Place, case: Case) -> None:
    with house.copy(nearly_posted) as books, faulty_proxy(house.tryton.url) as proxy:
        proxy.plan = {method: list(faults) for method, faults in case.given["plan"].items()}
        books.ports["erp"] = proxy.port
        _, errors = books.run(NIGHT.as_of, **ONLY_UK)
        assert {kind for kind, _ in errors} <= {"RetryError", "OutcomeUnknownError", "SystemUnreachableError"}
        assert proxy.left == {}
        books.complete(steps=("post", "verdict"), entities=("UK",))
        books.require_right()


# The real bounds: the ERP ends a transaction after 15 s, 20 s are reckoned, 10 s are added.
REAL = None


def late(name: str, method: str, seconds: float, *, real: bool = False, always: bool = False) -> Case:
    what = "create" if method == CREATE else "post"
    given = {"method": method, "seconds": seconds, "times": REAL if real else TIMES}
    when = f"{what} of entry 3, client killed, the ERP hears of it {seconds:g} s later"
    return Case(name, "the line to the ERP, and the process (SIGKILL)", when, is_always=always, given=given)


LATE = (
    late("the ERP creates an entry after the client was killed", CREATE, 2.5, always=True),
    late("the ERP posts an entry after the client was killed", RELEASE, 2.5),
    late("the ERP creates an entry 20 s after the client was killed", CREATE, 19, real=True),
    late("the ERP posts an entry 20 s after the client was killed", RELEASE, 19, real=True),
)


@each(*LATE)
def test_late(house: House, nearly_posted: Place, case: Case) -> None:
    with house.copy(nearly_posted) as books, faulty_proxy(house.tryton.url) as proxy:
        proxy.plan = {case.given["method"]: [None, None, Fault.HELD_BACK]}
        books.ports["erp"] = proxy.port
        client = books.start(NIGHT.as_of, times=case.given["times"], **ONLY_UK)
        assert proxy.held.wait(60)
        client.kill()
        network = Timer(case.given["seconds"], proxy.let_go.set)
        network.start()
        books.complete(steps=("post", "verdict"), entities=("UK",), times=case.given["times"])
        assert proxy.delivered.is_set()
        books.require_right()


DEAF = (
    Case(
        "killed while the answer to a create is on its way",
        "the process (SIGKILL)",
        "the ERP has committed entry 3, its answer has not arrived",
        given={"method": CREATE},
    ),
    Case(
        "killed while the answer to a post is on its way",
        "the process (SIGKILL)",
        "the ERP has posted entry 3, its answer has not arrived",
        given={"method": RELEASE},
    ),
)


@each(*DEAF)
def test_killed_before_the_answer(house: House, nearly_posted: Place, case: Case) -> None:
    with house.copy(nearly_posted) as books, faulty_proxy(house.tryton.url) as proxy:
        proxy.plan = {case.given["method"]: [None, None, Fault.ANSWER_HELD_BACK]}
        books.ports["erp"] = proxy.port
        client = books.start(NIGHT.as_of, **ONLY_UK)
        assert proxy.held.wait(60)
        client.kill()
        books.complete(steps=("post", "verdict"), entities=("UK",))
        books.require_right()
