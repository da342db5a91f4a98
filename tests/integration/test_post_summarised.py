"""A night through a real Tryton by legal entities that add up their entries in other ways than the shipped ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from include.sample.tryton import TrytonServer
from include.store.database import FinanceDatabase
from tests.accounting.billing import fee, invoice, line, payment, to
from tests.accounting.company import Company, open_periods
from tests.accounting.summarised import Ledgers, summarised, unexplained
from tests.posting.tryton_company import tryton_erp

NIGHTS = datetime(2026, 2, 2, 12, tzinfo=UTC)


def test_two_nights_in_tryton_by_period_net_and_negative_and_by_document(
    finance: FinanceDatabase, tryton: TrytonServer, erp_database: str, tmp_path: Path
) -> None:
    """US: by period, all in one, net, negative reversals. DE: line by line for each document, with a party on 1100."""
    open_periods(finance)
    tight, wide = (
        summarised(by="period", entries="all", amounts="net", dimensions=(), reversal_style="negative"),
        summarised(by="document", dimensions=(), reversal_style="negative"),
    )
    settings = {**tight.entity_settings, "DE": wide.entity_settings["DE"]}
    company = Company(finance, tmp_path, configuration=replace(tight, entity_settings=settings))
    erp = tryton_erp(tryton, erp_database)
    ledgers = Ledgers(company, {"US": erp, "DE": erp})
    us, de = (company.configuration.legal_entities[code] for code in ("US", "DE"))

    company.night(
        invoice("INV-1", "01-28", line(10000, tax=800)),
        payment("PAY-1", "01-30", 10800, to("INV-1", 10800, "01-31")),
        fee("FEE-1", "01-31", 300),
        invoice("INV-2", "01-29", line(5000, tax=950), entity="DE", number="R-1", customer_ref="C-BERG"),
        invoice("INV-3", "01-29", line(7000, tax=1330), entity="DE", number="R-2", customer_ref="C-ALM"),
    )
    ledgers.post(NIGHTS)
    assert ledgers.differences(NIGHTS) == []
    company.night(
        invoice("INV-1", "01-28", line(9000, tax=720)),
        invoice("INV-3", "01-29", line(6000, tax=1140), entity="DE", number="R-2", customer_ref="C-ALM"),
    )
    ledgers.post(NIGHTS)
    assert ledgers.differences(NIGHTS) == []
    assert unexplained(company) == []

    states = {row["state"] for row in company.rows("select state from journal_entry")}
    assert states == {"verified"}
    assert dict(erp.balances(us, NIGHTS.date())) == {
        "1050": 10500, "1100": -1080, "2000": -720, "4020": -9000, "6000": 300,
    }  # fmt: skip
    moved = {
        each.account_code: (each.debit_minor, each.credit_minor)
        for each in erp.movements(de, "2026-01", ["1100", "2000"])
    }
    assert moved == {"1100": (13090, 0), "2000": (0, 2090)}  # no more than what was invoiced in the end
    listed = erp.entries(de, "2026-01", ["1100"], NIGHTS.date().replace(month=1, day=1))
    lines = sorted((each.text.rsplit(" ", 1)[0], each.sides) for entry in listed for each in entry.lines)
    assert lines == [
        ("invoices R-1 2026-01-29 EUR C-BERG", (5950, 0)),
        ("invoices R-2 2026-01-29 EUR C-ALM", (7140, 0)),
        ("invoices R-2 2026-01-29 EUR C-ALM", (8330, 0)),
        ("reversal R-2 2026-01-29 EUR C-ALM", (-8330, 0)),
    ]
