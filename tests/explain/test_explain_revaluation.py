"""A revaluation is explained from both ends: from its entry to the open items and rates, from an invoice to its entries."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from include.config.configuration import SourceSettings
from include.finance.fx import RatePurpose
from include.finance.revaluation import Revaluer
from include.pipelines.explain import ExplainDesk, explain_document, explain_entry
from include.store.database import FinanceDatabase
from tests.accounting.billing import invoice, line
from tests.accounting.company import SHIPPED, Company, open_periods
from tests.accounting.rates import publish
from tests.accounting.test_recognition import at
from tests.accounting.test_revaluation import with_revaluation


def test_a_line_names_the_item_and_an_invoice_both_entries(finance: FinanceDatabase, tmp_path: Path) -> None:
    open_periods(finance)
    company = with_revaluation(Company(finance, tmp_path), {"accounts_receivable": Revaluer.TIEOUT})
    publish(finance, "01-20 EUR/USD 1.1")
    publish(finance, "01-31 EUR/USD 1.09", purpose=RatePurpose.CLOSING)
    company.night(invoice("INV-1", "01-20", line(100000), currency="EUR"), instant=at("2026-02-01"))
    company.revalue(at("2026-02-01"))
    sources = {company.source_code: SourceSettings(company.source_code, "postgres", "main", "billing_db")}
    desk = ExplainDesk(finance, company.evidence, replace(SHIPPED, sources=sources))
    [entry] = company.rows("select reference from journal_entry where category = 'revaluation' and follows is null")
    told = explain_entry(desk, entry["reference"])
    assert told.document_count == 1
    assert [(each.account_code, each.functional_minor) for each in told.lines] == [("1100", -1000), ("7010", 1000)]
    assert [each.native_id for each in told.documents] == ["INV-1"]
    booked = [each for each in explain_document(desk, "invoice:INV-1").bookings if each.event == "fx.revalued"]
    assert [str(each.event_date) for each in booked] == ["2026-01-31", "2026-02-01"]
    assert {each.further["fx_rate"] for each in booked[0].lines} == {Decimal("1.09")}
