"""Foreign open items at a month-end in a real Tryton: worth the closing rate on the last day, and what they were on the next."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from include.finance.fx import RatePurpose
from include.finance.revaluation import Revaluer
from include.pipelines.ledger import read_ledger
from include.pipelines.post import post_entity
from include.sample.tryton import TrytonServer
from include.store.database import FinanceDatabase
from tests.accounting.billing import invoice, line, payment, to
from tests.accounting.company import SHIPPED, Company, open_periods
from tests.accounting.rates import publish
from tests.accounting.test_recognition import at
from tests.posting.books import ERP, US, posting_store
from tests.posting.tryton_company import tryton_erp


def test_s10_from_the_invoice_to_its_payment(
    finance: FinanceDatabase, tmp_path: Path, tryton: TrytonServer, erp_database: str
) -> None:
    open_periods(finance)
    company, erp = Company(finance, tmp_path), tryton_erp(tryton, erp_database)
    us = replace(SHIPPED.entity_settings["US"], revaluation={"accounts_receivable": Revaluer.TIEOUT})
    company.configuration = replace(SHIPPED, entity_settings={**SHIPPED.entity_settings, "US": us})
    publish(finance, "01-20 EUR/USD 1.1", "02-10 EUR/USD 1.08")
    publish(finance, "01-31 EUR/USD 1.09", purpose=RatePurpose.CLOSING)
    company.night(invoice("INV-1", "01-20", line(100000), currency="EUR"), instant=at("2026-02-01"))
    company.revalue(at("2026-02-01"))
    for on in ("2026-02-01", "2026-02-02"):
        post_entity(erp, posting_store(finance), US, ERP, at(on), actor="test")
    paid = payment("PAY-1", "02-10", 100000, to("INV-1", 100000, "02-10"), currency="EUR")
    company.night(paid, instant=at("2026-02-11"))
    post_entity(erp, posting_store(finance), US, ERP, at("2026-02-11"), actor="test")

    def standing(on: date) -> dict[str, int]:
        return {code: minor for code, minor in read_ledger(erp, US, on).balances.items() if minor}

    assert standing(date(2026, 1, 31)) == {"1100": 109000, "4020": -110000, "7010": 1000}
    assert standing(date(2026, 2, 1)) == {"1100": 110000, "4020": -110000}
    assert standing(date(2026, 2, 10)) == {"1050": 108000, "4020": -110000, "7000": 2000}
