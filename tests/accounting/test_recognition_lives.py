"""Plans live, change, end and are voided while periods close: the books always hold what the newest versions imply."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor
from pathlib import Path
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.finance.recognition import RecognitionMethod, earned_minor
from include.pipelines.recognise import Recognised
from tests.accounting.billing import credit_memo, invoice, line
from tests.accounting.company import Company, close_period
from tests.accounting.rates import publish
from tests.examples import examples

JANUARY = date(2026, 1, 1)


@dataclass(frozen=True)
class Plan:
    """A plan as billing has it now, with something that is delivered at once; of a plan in euros part of the price is taken back."""

    net: int
    method: str
    issued: date
    starts_after: int
    days: int
    is_void: bool
    currency: str

    @property
    def start(self) -> date:
        return self.issued + timedelta(days=self.starts_after)

    @property
    def end(self) -> date:
        return self.start + timedelta(days=self.days)

    @property
    def voided(self) -> date:
        return self.issued + timedelta(days=3)

    @property
    def once(self) -> int:
        """What is delivered at once: it shares the cents of the conversion."""
        return abs(self.net) // 7 + 1

    @property
    def credited(self) -> int:
        return self.net // 3 if self.currency == "EUR" and self.net > 2 else 0

    @property
    def credited_on(self) -> date:
        return self.issued + timedelta(days=2)

    def schedules(self) -> list[Schedule]:
        """The plan itself, and what a credit memo takes of it, as booked in both currencies."""
        rate = rate_on(self.currency, self.issued)
        plan, _ = converted([self.net, self.once], rate)
        told = [Schedule(self.net, plan, self.earned)]
        if self.credited:
            # of a price reduction what is not earned yet comes out of deferred revenue
            deferred, earned = self.credited_unearned, self.credited - self.credited_unearned
            worth = converted([each for each in (-earned, -deferred) if each], rate)[-1] if deferred else 0
            told.append(Schedule(-deferred, worth, self.taken_back))
        return told

    @property
    def credited_unearned(self) -> int:
        return half_up(Fraction(self.credited * (self.net - self._earned(self.credited_on)), self.net))

    def earned(self, day: date) -> int:
        return self._earned(day) if self.issued <= day else 0

    def taken_back(self, day: date) -> int:
        before = self._earned(self.credited_on)
        if day <= self.credited_on:
            return 0
        if self.net == before:
            return -self.credited_unearned
        return -half_up(Fraction(self.credited_unearned * (self._earned(day) - before), self.net - before))

    def _earned(self, day: date) -> int:
        return earned_minor(self.net, RecognitionMethod(self.method), self.start, self.end, None, day)


@dataclass(frozen=True)
class Schedule:
    """What a line put into deferred revenue, in its currency and in the books', and what is earned of it by a day."""

    amount: int
    worth: int
    earned: Callable[[date], int]

    def released(self, day: date) -> tuple[int, int]:
        earned = self.earned(day)
        return earned, half_up(Fraction(earned * self.worth, self.amount)) if self.amount else 0


def half_up(value: Fraction) -> int:
    """Half away from zero."""
    whole = (2 * abs(value) + 1) // 2
    return whole if value >= 0 else -whole


def converted(nets: list[int], rate: Fraction) -> list[int]:
    """Lines in the books' currency so that they add up to the converted total: by largest remainder, then by line."""
    total = sum(nets)
    turn = -1 if (total or nets[0]) < 0 else 1
    shares = [turn * net * rate for net in nets]
    whole = [floor(share) for share in shares]
    by_remainder = sorted(range(len(nets)), key=lambda n: (whole[n] - shares[n], n))
    for n in by_remainder[: half_up(turn * total * rate) - sum(whole)]:
        whole[n] += 1
    return [turn * each for each in whole]


# A rate per week and currency, in dollars.
RATES = {
    (currency, day): rate + Decimal(day.toordinal() % 13) / 100
    for currency, rate in (("EUR", Decimal("1.0865")), ("GBP", Decimal("0.3333333333")))
    for day in (date(2025, 12, 31) + timedelta(days=5 * n) for n in range(30))
}


def rate_on(currency: str, day: date) -> Fraction:
    """The last rate published by a day."""
    if currency == "USD":
        return Fraction(1)
    return Fraction(RATES[currency, max(on for known, on in RATES if known == currency and on <= day)])


PLANS = st.builds(
    Plan,
    st.integers(-90000, 500000).filter(bool) | st.integers(-9, 9).filter(bool),
    st.sampled_from(["daily", "monthly"]),
    st.dates(JANUARY, date(2026, 3, 31)),
    st.integers(-40, 40),
    st.integers(0, 400),
    st.booleans(),
    st.just("USD"),
)
CURRENCIES = {1: "USD", 2: "EUR", 3: "GBP", 4: "EUR"}
# What happens before a night: a plan is written or written anew, or the oldest open month is closed.
EVENTS = st.lists(st.tuples(st.integers(1, 4), PLANS) | st.just("close"), max_size=4)


def put(company: Company, number: int, plan: Plan) -> None:
    served = {"service_start": plan.start, "service_end": plan.end, "recognition_method": plan.method}
    told = {"currency": plan.currency} | ({"status": "void", "voided_date": plan.voided} if plan.is_void else {})
    lines = line(plan.net, "ratable", **served), line(plan.once)
    documents = [invoice(f"INV-{number}", str(plan.issued), *lines, **told)]
    if plan.currency == "EUR":
        behind = {f"credited_{name}": day for name, day in served.items() if name != "recognition_method"}
        taken = line(plan.credited, "ratable", credited_net_minor=plan.net, **served | behind)
        ended = {"parent_voided_date": plan.voided} if plan.is_void else {}
        on = str(plan.credited_on)
        documents.append(
            credit_memo(
                f"CN-{number}", on, taken, invoice_id=f"INV-{number}", kind="on_account", currency="EUR", **ended
            )
        )
    company.billing.put(*documents)


@settings(max_examples=examples(2, 6), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(EVENTS, min_size=2, max_size=4))
def test_after_every_night_deferred_revenue_is_what_the_plans_have_left(
    own_company: Company, tmp_path: Path, nights: list[list[object]]
) -> None:
    mark = uuid4().hex[:8]
    company = Company(own_company.finance, tmp_path / mark, f"billing-{mark}")
    close_period(company.finance, *(f"2026-{month:02}" for month in range(1, 13)), state="open")
    publish(company.finance, *(f"{day} {currency}/USD {rate}" for (currency, day), rate in RATES.items()))
    plans: dict[int, Plan] = {}
    closed = 0
    for month, events in enumerate(nights, start=1):
        for event in events:
            if isinstance(event, tuple):
                number, plan = event
                # Issued again on another day it would be back-dated, and voided after the night held: other stories.
                issued = plans[number].issued if number in plans else min(plan.issued, date(2026, month, 27))
                plans[number] = replace(plan, issued=issued, currency=CURRENCIES[number])
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
        assert standing(company) == expected(plans.values(), last_end, instant.date())
        assert company.recognise(instant) == Recognised(None)


def expected(plans: Iterable[Plan], last_end: date, today: date) -> dict[tuple[str, str], tuple[int, int]]:
    """What must stand on deferred revenue and on revenue, by currency and account: in that currency, and in dollars."""
    sums: dict[tuple[str, str], tuple[int, int]] = {}
    for plan in plans:
        if plan.is_void and plan.voided <= today:
            continue
        for schedule in plan.schedules():
            earned, worth = schedule.released(last_end)
            left = earned - schedule.amount, worth - schedule.worth
            for account, moved in (("2100", left), ("4000", (-earned, -worth))):
                so_far = sums.get((plan.currency, account), (0, 0))
                sums[plan.currency, account] = so_far[0] + moved[0], so_far[1] + moved[1]
    return {key: both for key, both in sums.items() if any(both)}


def standing(company: Company) -> dict[tuple[str, str], tuple[int, int]]:
    rows = company.rows(
        "select e.currency, l.account_code, sum(l.amount_minor)::bigint as amount, sum(l.functional_minor)::bigint as worth"
        " from journal_entry as e join journal_line as l on l.entry_id = e.id join batch as b on b.batch_no = e.batch_no"
        " where b.source_code = %s and e.state <> 'superseded' and l.account_code in ('2100', '4000') group by 1, 2",
        company.source_code,
    )
    return {
        (row["currency"], row["account_code"]): (row["amount"], row["worth"])
        for row in rows
        if row["amount"] or row["worth"]
    }


def posted_in_closed(company: Company, closed: int) -> int:
    query = (
        "select count(*) as n from journal_entry as e join batch as b on b.batch_no = e.batch_no"
        " where e.posting_date <= %s and b.source_code = %s"
    )
    last = date(2026, closed, calendar.monthrange(2026, closed)[1]) if closed else date(2025, 12, 31)
    [row] = company.rows(query, last, company.source_code)
    return int(row["n"])
