"""Whatever happens to documents that concern two legal entities, in whatever order: each keeps in its books what its positions are worth, and
what the two owe each other comes to nothing by document and application.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from include.store.database import FinanceDatabase
from tests.accounting.billing import (
    Document,
    behind,
    credit_memo,
    day,
    dispute,
    invoice,
    line,
    moved,
    payment,
    refund,
    to,
)
from tests.accounting.company import Company, open_periods
from tests.accounting.plain_sisters import HOME, balances, rate
from tests.accounting.rates import publish
from tests.examples import examples

NIGHTS = 3
CURRENCIES = ("EUR", "USD", "GBP")  # of the documents of a number
COLLECTORS = ("US", "UK", "US")  # of the payments of a number

days = st.integers(10, 30).map(lambda number: f"01-{number}")
entities = st.sampled_from(("US", "UK"))
amounts = st.integers(20_000, 100_000)


@st.composite
def invoices(draw: st.DrawFn, number: int) -> Document:
    void = draw(st.sampled_from(({}, {}, {"status": "void", "voided_date": "01-31"})))
    return invoice(
        f"INV-{number}", draw(days), line(draw(amounts)), entity=draw(entities), currency=CURRENCIES[number], **void
    )


@st.composite
def applied(draw: st.DrawFn, number: int) -> list[dict[str, Any]]:
    ended = st.sampled_from((None, None, "01-31"))
    return [
        to(f"INV-{number}", draw(st.integers(1, 6000)), draw(days), undone=draw(ended))
        for _ in range(draw(st.integers(0, 2)))
    ]


@st.composite
def payments(draw: st.DrawFn, number: int) -> Document:
    facts = draw(st.sampled_from(({}, {}, {"status": "reversed", "reversed_date": "01-31"})))
    return payment(
        f"PAY-{number}", draw(days), draw(amounts), *draw(applied(number)), entity=COLLECTORS[number],
        currency=CURRENCIES[number], **facts,
    )  # fmt: skip


@st.composite
def memos(draw: st.DrawFn, number: int) -> Document:
    facts = draw(st.sampled_from(({}, {}, {"status": "void", "voided_date": "01-31"})))
    return credit_memo(
        f"CN-{number}", draw(days), line(draw(amounts)), entity=draw(entities), currency=CURRENCIES[number],
        kind="on_account", applied=draw(applied(number)), **facts,
    )  # fmt: skip


@st.composite
def refunds(draw: st.DrawFn, number: int) -> Document:
    facts = draw(st.sampled_from(({}, {}, {"status": "failed", "failed_date": "01-31"})))
    return refund(
        f"REF-{number}", draw(days), draw(st.integers(1, 5000)), entity=draw(entities), unapplied=100_000,
        payment_id=f"PAY-{number}", parent_entity_code=COLLECTORS[number], currency=CURRENCIES[number], **facts,
    )  # fmt: skip


@st.composite
def disputes(draw: st.DrawFn, number: int) -> Document:
    collector, currency = draw(entities), CURRENCIES[number]
    parts, on = [], day(draw(days))
    for bearer in ("US", "UK"):
        lost = behind(draw(st.integers(100, 5000)))
        lost["effective_date"] = on if currency != HOME[bearer] else None
        lost["invoice_entity_code"] = bearer if bearer != collector else None
        parts.append(lost)
    whole = sum(each["amount_minor"] for each in parts)
    status = draw(st.sampled_from(({"status": "open"}, {"status": "lost", "closed_date": "01-30"})))
    return dispute(
        f"DIS-{number}", "01-10", whole, moved("withdrawn", whole, draw(days)), *parts, entity=collector, currency=currency,
        payment_id=f"OTHER-{number}", parent_date="01-10", **status,
    )  # fmt: skip


@st.composite
def nights(draw: st.DrawFn) -> list[list[Document]]:
    """All payments come in the first night; what else comes and changes, in any."""
    kinds = (invoices, payments, memos, refunds, disputes)
    first = [draw(payments(number)) for number in range(3)]
    later = [
        draw(st.permutations([draw(kind(n)) for n in range(3) for kind in kinds if draw(st.booleans())]))
        for _ in range(NIGHTS)
    ]
    taken = {each.key for each in later[0]}
    return [[*(each for each in first if each.key not in taken), *later[0]], *later[1:]]


def published(number: int) -> list[str]:
    """The rates of a day of January, as they are put on file."""
    on = day(f"01-{number}")
    assert on is not None
    pairs = [(currency, home) for home in HOME.items() for currency in CURRENCIES if currency != home[1]]
    digits = {pair: int(rate(pair[1][0], pair[0], on) * 10000) for pair in pairs}
    return [
        f"01-{number} {currency}/{home[1]} {minor // 10000}.{minor % 10000:04}"
        for (currency, home), minor in digits.items()
    ]


@pytest.fixture
def books(finance: FinanceDatabase, one_bucket: None) -> FinanceDatabase:
    open_periods(finance)
    publish(finance, *(each for number in range(10, 32) for each in published(number)))
    return finance


def found(company: Company) -> Counter[tuple[str, str]]:
    """What stands in the books' own currency by legal entity and account; 1500 and 2500 together."""
    rows = company.rows(
        "select e.legal_entity_code, case when l.account_code in ('1500', '2500') then 'owed' else l.account_code end as account,"
        " sum(l.functional_minor)::bigint as minor from journal_line as l join journal_entry as e on e.id = l.entry_id"
        " join batch as b on b.batch_no = e.batch_no where b.source_code = %s group by 1, 2",
        company.source_code,
    )
    return Counter({(row["legal_entity_code"], row["account"]): row["minor"] for row in rows if row["minor"]})


def unlike_keys(company: Company) -> list[dict[str, Any]]:
    """Documents and applications of which the two entities have unlike amounts."""
    return company.rows(
        "select l.native_id, l.currency, sum(l.amount_minor)::bigint as left_minor from intercompany_leg as l"
        " join batch as b on b.batch_no = l.batch_no where b.source_code = %s"
        " group by l.document_uid, l.occurrence, l.native_id, l.currency having sum(l.amount_minor) <> 0",
        company.source_code,
    )


@pytest.mark.long
@given(told=nights())
@settings(
    max_examples=examples(2, 4),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    phases=(Phase.generate,),
)
def test_after_every_night_each_entity_has_what_its_positions_are_worth(
    books: FinanceDatabase, tmp_path_factory: pytest.TempPathFactory, told: list[list[Document]]
) -> None:
    company = Company(books, Path(tmp_path_factory.mktemp("company")), uuid4().hex)
    for documents in told:
        company.night(*documents)
        assert found(company) == balances(company.billing)
        assert unlike_keys(company) == []
    assert company.night(is_full=True).entry_count == 0
