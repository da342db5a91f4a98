"""Plans live, change, end and are voided while periods close: the books always hold what the newest versions imply."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.finance.recognition import RecognitionMethod, earned_minor
from include.pipelines.recognise import Recognised
from tests.accounting.billing import invoice, line
from tests.accounting.company import Company, close_period

JANUARY = date(2026, 1, 1)


@dataclass(frozen=True)
class Plan:
    """A plan as billing has it now."""

    net: int
    method: str
    issued: date
    starts_after: int
    days: int
    is_void: bool

    def earned(self, last_end: date, today: date) -> int:
        if self.is_void and self.voided <= today:
            return 0
        start = self.issued + timedelta(days=self.starts_after)
        end = start + timedelta(days=self.days)
        if self.issued > last_end:
            return 0
        return earned_minor(self.net, RecognitionMethod(self.method), start, end, None, last_end)

    @property
    def voided(self) -> date:
        return self.issued + timedelta(days=3)


PLANS = st.builds(
    Plan,
    st.integers(-90000, 500000).filter(bool),
    st.sampled_from(["daily", "monthly"]),
    st.dates(JANUARY, date(2026, 3, 31)),
    st.integers(-40, 40),
    st.integers(0, 400),
    st.booleans(),
)
# What happens before a night: a plan is written or written anew, or the oldest open month is closed.
EVENTS = st.lists(st.tuples(st.integers(1, 4), PLANS) | st.just("close"), max_size=4)


def put(company: Company, number: int, plan: Plan) -> None:
    start = plan.issued + timedelta(days=plan.starts_after)
    item = line(
        plan.net,
        "ratable",
        recognition_method=plan.method,
        service_start=start,
        service_end=start + timedelta(days=plan.days),
    )
    void = {"status": "void", "voided_date": plan.voided} if plan.is_void else {}
    company.billing.put(invoice(f"INV-{number}", str(plan.issued), item, **void))


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(EVENTS, min_size=2, max_size=4))
def test_after_every_night_deferred_revenue_is_what_the_plans_have_left(
    own_company: Company, tmp_path: Path, nights: list[list[object]]
) -> None:
    mark = uuid4().hex[:8]
    company = Company(own_company.finance, tmp_path / mark, f"billing-{mark}")
    close_period(company.finance, *(f"2026-{month:02}" for month in range(1, 13)), state="open")
    plans: dict[int, Plan] = {}
    closed = 0
    for month, events in enumerate(nights, start=1):
        for event in events:
            if isinstance(event, tuple):
                number, plan = event
                # Issued again on another day it would be back-dated, which is another story.
                issued = plans[number].issued if number in plans else min(plan.issued, date(2026, month, 28))
                plans[number] = Plan(plan.net, plan.method, issued, plan.starts_after, plan.days, plan.is_void)
                put(company, number, plans[number])
            elif closed < month - 1:
                closed += 1
                close_period(company.finance, f"2026-{closed:02}")
        last_end = date(2026, month, calendar.monthrange(2026, month)[1])
        instant = datetime(last_end.year, last_end.month, last_end.day, 12, tzinfo=UTC) + timedelta(days=2)
        company.night(instant=instant)
        before = posted_in_closed(company, closed)
        company.recognise(instant)
        assert posted_in_closed(company, closed) == before
        earned = sum(plan.earned(last_end, instant.date()) for plan in plans.values())
        left = sum(plan.net for plan in plans.values() if not plan.is_void) - earned
        balances = company.balances()
        assert (balances.get("4000", 0), balances.get("2100", 0)) == (-earned, -left)
        assert company.recognise(instant) == Recognised(None)


def posted_in_closed(company: Company, closed: int) -> int:
    query = (
        "select count(*) as n from journal_entry as e join batch as b on b.batch_no = e.batch_no"
        " where e.posting_date <= %s and b.source_code = %s"
    )
    last = date(2026, closed, calendar.monthrange(2026, closed)[1]) if closed else date(2025, 12, 31)
    [row] = company.rows(query, last, company.source_code)
    return int(row["n"])
