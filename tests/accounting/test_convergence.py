"""Whatever happens to documents, in whatever order it arrives: the books end as the newest valid versions say."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from include.pipelines.account import Accounted
from include.store.database import FinanceDatabase
from tests.accounting.billing import Document, Row, credit_memo, invoice, line, payment, payout, to
from tests.accounting.company import Company, close_period, open_periods
from tests.accounting.corrected import banked
from tests.accounting.credits import net_of
from tests.accounting.plain_books import Event, PlainBooks
from tests.examples import examples

# Of two bank accounts one is booked here; the other, and what names none, is left to the ERP's bank reconciliation.
BOOKED_BANKS = ("CHASE",)
BANKED = banked("[CHASE]")
NIGHTS = 4
FAMILIES = (
    5  # an invoice, a payment and a credit memo each, applied to their own and to a neighbour's invoice; and a payout
)

days = st.integers(10, 30).map(lambda number: f"01-{number}")
banks = st.sampled_from(("CHASE", "CITI", None))
entities = st.sampled_from(("US", "US", "US", "UK", "JP"))
mishaps = st.sampled_from(({}, {}, {}, {}, {"is_broken": True}, {"is_deleted": True}))


@st.composite
def lines(draw: st.DrawFn) -> Row:
    amount = draw(st.integers(-5000, 50_000))
    tax = draw(st.sampled_from((0, 0, amount // 10)))
    treatment = draw(st.sampled_from(("ratable", "immediate", "usage")))
    told = line(amount, treatment, tax=tax, discount=draw(st.sampled_from((0, 10))), inclusive=draw(st.booleans()))
    if treatment != "ratable":  # some of it was delivered in an earlier month than it is billed in
        told["service_end"] = (None, date(2025, 11, 20), date(2025, 12, 31), date(2026, 1, 5))[amount % 4]
    return told


@st.composite
def invoices(draw: st.DrawFn, number: int) -> Document:
    status = draw(st.sampled_from(("issued", "paid", "written_off", "written_off", "void", "draft")))
    told = draw(st.lists(lines(), min_size=1, max_size=3))
    if len(told) > 1 and (moved := draw(st.sampled_from((None, None, 700)))):  # an allocation made elsewhere
        for each, more in zip(told, (moved, -moved), strict=False):
            each["recognition_amount_minor"] = net_of(each) + more
    return invoice(
        f"INV-{number}", draw(days), *told, entity=draw(entities),
        status=status, voided_date="01-31" if status == "void" else None,
        written_off_date=draw(days) if status == "written_off" else None,
        **draw(st.sampled_from(({}, {}, {}, {"currency": "CHF"}))), **draw(mishaps),
    )  # fmt: skip


@st.composite
def applied(draw: st.DrawFn, number: int, amount: int) -> list[Row]:
    targets = draw(st.lists(st.sampled_from((number, (number + 1) % FAMILIES)), max_size=3))
    share = amount // max(len(targets), 1)
    return [
        to(f"INV-{target}", share, draw(days), undone=draw(st.sampled_from((None, None, "01-31"))))
        for target in targets
    ]


@st.composite
def payments(draw: st.DrawFn, number: int) -> Document:
    amount, status = (
        draw(st.integers(10, 60_000)),
        draw(st.sampled_from(("succeeded", "succeeded", "reversed", "pending"))),
    )
    return payment(
        f"PAY-{number}", draw(days), amount, *draw(applied(number, amount)), entity=draw(entities), status=status,
        reversed_date="01-31" if status == "reversed" else None,
        processor=draw(st.sampled_from(("stripe", None))), bank_account_ref=draw(banks), **draw(mishaps),
    )  # fmt: skip


@st.composite
def payouts(draw: st.DrawFn, number: int) -> Document:
    amount = draw(st.sampled_from((-700, 1, 20_000, 60_000)))
    status = draw(st.sampled_from(("in_transit", "paid", "paid", "failed", "canceled")))
    has_failed = status == "failed" or (status == "canceled" and draw(st.booleans()))
    return payout(
        f"OUT-{number}", draw(days), amount, ("payment", amount), entity=draw(entities), status=status,
        arrival_date=draw(st.one_of(st.none(), days)), failed_date=draw(days) if has_failed else None,
        bank_account_ref=draw(banks), **draw(mishaps),
    )  # fmt: skip


@st.composite
def credit_memos(draw: st.DrawFn, number: int) -> Document:
    amount, status = draw(st.integers(100, 20_000)), draw(st.sampled_from(("issued", "issued", "void")))
    effect = draw(st.sampled_from(("price_reduction", "termination", "goodwill")))
    treatment = draw(st.sampled_from(("ratable", "usage")))
    corrected = draw(st.sampled_from((None, f"INV-{number}/1", f"INV-{(number + 1) % FAMILIES}/1")))
    credit = line(
        amount, treatment, tax=amount // 10, revenue_effect=effect, invoice_line_id=corrected, effective_date=draw(st.sampled_from((None, date(2026, 1, 20)))),
    )  # fmt: skip
    return credit_memo(
        f"CN-{number}", draw(days), credit,
        applied=draw(applied(number, amount)), entity=draw(entities), status=status,
        voided_date="01-31" if status == "void" else None, **draw(mishaps),
    )  # fmt: skip


@st.composite
def nights(draw: st.DrawFn) -> list[tuple[list[Document], dict[str, Any]]]:
    """What billing commits before each night, and what else happens: a period closes or opens, an entry is given up."""
    told = []
    for _ in range(NIGHTS):
        documents = [
            draw(kind(number))
            for number in range(FAMILIES)
            for kind in (invoices, payments, credit_memos, payouts)
            if draw(st.integers(0, 2)) == 0
        ]
        beside = {"january": draw(st.sampled_from((None, "closed", "open"))), "given_up": draw(st.integers(0, 3))}
        told.append((draw(st.permutations(documents)), beside))
    return told


def break_sums(documents: list[Document]) -> list[Document]:
    """A broken document says another total than its lines or items; a broken payment has none."""
    for each in documents:
        if each.row.get("is_broken"):
            each.row["total_minor"] = -1 if each.row["document_type"] == "payment" else each.row["total_minor"] + 1
    return documents


def is_mishap(document: Document) -> bool:
    """Whether nothing can be booked of this version: it is broken or deleted, or there is no rate of its currency."""
    return bool(document.row.get("is_broken") or document.row["is_deleted"] or document.row["currency"] == "CHF")


def give_up_one(company: Company, accounted: Accounted, choice: int) -> set[str]:
    """Give up the entries of one category, if the choice falls on one; the names of the documents in them."""
    categories = company.rows(
        "select distinct category from journal_entry as e join batch as b using (batch_no) where b.id = %s order by 1",
        accounted.batch_id,
    )
    if choice >= len(categories):
        return set()
    return company.supersede(accounted, categories[choice]["category"])


def booked(company: Company) -> Counter[tuple[str, str]]:
    rows = company.rows(
        """
        select e.legal_entity_code, l.account_code, sum(l.amount_minor)::bigint as amount_minor
        from journal_entry as e
        join journal_line as l on l.entry_id = e.id
        join batch as b on b.batch_no = e.batch_no
        where b.source_code = %s and e.state <> 'superseded'
        group by 1, 2
        """,
        company.source_code,
    )
    return Counter(
        {(row["legal_entity_code"], row["account_code"]): row["amount_minor"] for row in rows if row["amount_minor"]}
    )


def live_bookings(company: Company) -> Counter[Event]:
    """How many bookings of each event are neither reversed nor given up; a reversal of nothing counts as one too many."""
    rows = company.rows(
        """
        with standing as (
            select b.* from event_booking as b join batch as t using (batch_no)
            where t.source_code = %s and not b.is_superseded
        )
        select s.document_uid::text as uid, s.event_type, s.occurrence::text as occurrence, count(*) as n
        from standing as s
        where not exists (
                select from standing as r
                where (r.document_uid, r.event_type, r.occurrence) = (s.document_uid, s.event_type, s.occurrence)
                    and r.reverses_no = s.booking_no)
            and not exists (
                select from standing as o
                where (o.document_uid, o.event_type, o.occurrence) = (s.document_uid, s.event_type, s.occurrence)
                    and s.reverses_no = o.booking_no)
        group by 1, 2, 3
        """,
        company.source_code,
    )
    return Counter({(row["uid"], row["event_type"], row["occurrence"]): row["n"] for row in rows})


def check_nights(company: Company, told: list[tuple[list[Document], dict[str, Any]]]) -> None:
    plain = PlainBooks(company.source_code, BOOKED_BANKS)
    close_period(company.finance, "2026-01", state="open")
    given_up: set[str] = set()
    for documents, beside in told:
        if beside["january"]:
            close_period(company.finance, "2026-01", state=beside["january"])
        # What was given up can only be booked anew from a sound version; until then there is nothing to book it from.
        sound = [each for each in documents if each.key[1] not in given_up or not is_mishap(each)]
        accounted = company.night(*break_sums(sound))
        plain.see(company.billing)
        assert booked(company) == plain.balances()
        assert live_bookings(company) == Counter(plain.events())
        given_up = give_up_one(company, accounted, beside["given_up"])
    company.night()
    assert booked(company) == plain.balances()
    assert live_bookings(company) == Counter(plain.events())
    again = company.night()
    assert again.entry_count == 0
    assert {each.outcome for each in again.outcomes} <= {"unchanged", "excluded", "quarantined"}


@pytest.fixture
def books(finance: FinanceDatabase, one_bucket: None) -> FinanceDatabase:
    open_periods(finance)
    return finance


@pytest.mark.long
@given(told=nights())
@settings(
    max_examples=examples(2, 4),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    phases=(Phase.generate,),
)
def test_after_every_night_the_books_are_what_the_newest_valid_versions_say(
    books: FinanceDatabase, tmp_path_factory: pytest.TempPathFactory, told: list[tuple[list[Document], dict[str, Any]]]
) -> None:
    check_nights(
        Company(books, Path(tmp_path_factory.mktemp("company")), uuid4().hex, configuration=BANKED),
        told,
    )
