"""The line to the ERP: answers go lost, requests arrive late, the ERP refuses to talk. Each entry is there once all the same."""

from __future__ import annotations

from threading import Timer

from include.sample import company
from tests.chaos.cases import Case, each
from tests.chaos.faulty_proxy import CREATE, READS, RELEASE, Fault, faulty_proxy
from tests.chaos.house import TIMES, House, Place

NIGHT = company.NIGHTS[0]
ONLY_UK = {"steps": ("post",), "entities": ("UK",)}


def line(name: str, method: str, *faults: Fault, after: int = 2, always: bool = False) -> Case:
    what = "create" if method == CREATE else "post"
    given = {"plan": {method: [*[None] * after, *faults]}}
    return Case(name, "the line to the ERP", f"{what} of entry {after + 1}", is_always=always, given=given)


LINE = (
    line("the answer to a create goes lost", CREATE, Fault.ANSWER_LOST, always=True),
    line("the answer to a post goes lost", RELEASE, Fault.ANSWER_LOST),
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


# Every way of answering wrongly, at a create and at a post, of the first entry and of a later one.
_ANSWERS = (
    Fault.TOO_MANY, Fault.TOO_MANY_FOR_NOW, Fault.BROKEN, Fault.BAD_GATEWAY, Fault.GATEWAY_TIMEOUT, Fault.STALE, Fault.CONFLICT,
    Fault.CUT_SHORT, Fault.EMPTY, Fault.A_PAGE, Fault.BROKEN_AFTERWARDS, Fault.TIMEOUT_AFTERWARDS, Fault.SLOW,
)  # fmt: skip
_ALWAYS = {(CREATE, Fault.CUT_SHORT, 2), (RELEASE, Fault.TIMEOUT_AFTERWARDS, 2)}
WRITES = (
    *(
        line(
            f"a {'create' if method == CREATE else 'post'} is answered with {fault.value} ({'first' if after == 0 else 'third'} entry)",
            method,
            fault,
            after=after,
            always=(method, fault, after) in _ALWAYS,
        )
        for method in (CREATE, RELEASE)
        for after in (0, 2)
        for fault in _ANSWERS
    ),
    line("a create is answered with the answer to an earlier request (third entry)", CREATE, Fault.ANOTHERS),
)
QUESTIONS = tuple(
    Case(
        f"a question to the ERP is answered with {fault.value} (the {number}th)",
        "the line to the ERP",
        f"posting, question {number}",
        given={"plan": {READS: [*[None] * (number - 1), fault]}},
    )
    for fault in (Fault.RESET, Fault.TOO_MANY, Fault.BROKEN, Fault.UNAVAILABLE, Fault.CUT_SHORT, Fault.A_PAGE)
    for number in (4, 9, 19)
)
# What goes wrong with a few requests in a row, whatever they are.
STORM = (
    Case(
        "half of all writes are answered wrongly",
        "the line to the ERP",
        "posting, every entry",
        given={
            "plan": {
                CREATE: [Fault.ANSWER_LOST, None, Fault.BROKEN, None, Fault.RESET, None],
                RELEASE: [None, Fault.CUT_SHORT, None, Fault.EMPTY],
            }
        },
    ),
)


@each(*WRITES, *QUESTIONS, *STORM)
def test_answers(house: House, nearly_posted: Place, case: Case) -> None:
    with house.copy(nearly_posted) as books, faulty_proxy(house.tryton.url) as proxy:
        proxy.plan = {method: list(faults) for method, faults in case.given["plan"].items()}
        books.ports["erp"] = proxy.port
        for _ in range(3):  # a run may stop at the first of several faults, and goes on from there
            _, errors = books.run(NIGHT.as_of, **ONLY_UK)
            assert {kind for kind, _ in errors} <= {"RetryError", "OutcomeUnknownError", "SystemUnreachableError"}, (
                errors
            )
            if not any(proxy.left.values()):
                break
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
