"""Two months of a company with everything a close shows: foreign documents, credits, tax, payouts, late and corrected ones."""

from __future__ import annotations

from include.evidence.store import EvidenceStore
from include.finance.close_package import ClosePackage
from include.finance.fx import RatePurpose
from include.pipelines.close_figures import close_figures
from tests.accounting.billing import credit_memo, fee, invoice, line, payment, payout, refund, to
from tests.accounting.company import Company
from tests.accounting.rates import publish
from tests.accounting.test_recognition import at, plan
from tests.accounting.test_revaluation import MONEY, with_revaluation

PERIODS = ("2026-01", "2026-02")


def live(company: Company) -> None:
    """January and February, night by night, recognised and revalued; the ERP has confirmed all of it."""
    with_revaluation(company, MONEY)
    publish(company.finance, "01-10 EUR/USD 1.1", "02-10 EUR/USD 1.2")
    publish(company.finance, "01-31 EUR/USD 1.15", "02-28 EUR/USD 1.25", purpose=RatePurpose.CLOSING)
    company.night(
        invoice("INV-1", "01-15", plan(120000), line(2000, tax=165)),
        invoice("INV-2", "01-15", line(50000, tax=9500), currency="EUR"),
        invoice("INV-3", "01-20", line(30000)),
        payment("PAY-1", "01-25", 32165, to("INV-3", 30000, "01-25")),
        instant=at("2026-02-01"),
    )
    company.recognise(at("2026-02-01"))
    company.revalue(at("2026-02-01"))
    confirm(company)
    company.night(
        invoice("INV-4", "02-10", line(70000, tax=13300), currency="EUR"),
        invoice("INV-5", "02-12", line(45000)),
        payment("PAY-2", "02-15", 59500, to("INV-2", 59500, "02-15"), currency="EUR"),
        credit_memo("CN-1", "02-16", line(10000), applied=[to("INV-5", 4000, "02-16")]),
        refund("REF-1", "02-18", 1000, payment_id="PAY-1", unapplied=2165),
        fee("FEE-1", "02-15", 350),
        payout("PO-1", "02-20", 20000),
        instant=at("2026-03-01"),
    )
    company.recognise(at("2026-03-01"))
    company.revalue(at("2026-03-01"))
    confirm(company)


def confirm(company: Company) -> None:
    """The ERP has confirmed all entries."""
    with company.finance.transaction() as connection:
        connection.execute(
            "update journal_entry set state = 'verified', held_reason = null where state <> 'superseded'"
        )


def figures(company: Company, period: str, evidence: EvidenceStore | None = None) -> ClosePackage:
    with company.finance.transaction() as connection:
        return close_figures(
            company.finance, evidence or company.evidence, company.configuration, connection, "US", period
        )


def schedule(
    package: ClosePackage, kind: str, code: str, documents: str = "USD", currency: str = "USD"
) -> dict[str, int]:
    [line] = [
        each
        for each in package.rollforwards
        if (each.kind, each.account_code, each.document_currency, each.currency.code)
        == (kind, code, documents, currency)
    ]
    columns = {name: minor for name, minor in line.movements if minor}
    return {"opening": line.opening_minor} | columns | {"closing": line.closing_minor}
