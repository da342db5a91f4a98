"""What an invoice bills in arrears is revenue of the period in which it was delivered."""

from __future__ import annotations

from tests.accounting.billing import invoice, line
from tests.accounting.company import Company, written


def usage(net: int, ended: str, **given):
    from tests.accounting.billing import day
    return line(net, "usage", service_end=day(ended), **given)


def test_c37(company: Company) -> None:
    company.night(invoice("INV-1", "02-01", usage(8735, "01-31", tax=700), line(1000)))
    assert company.ledger() == written("""
        2026-01-31 US invoices
          1250 Unbilled receivable     87.35 USD
          4010 Usage revenue          -87.35 USD
        2026-02-01 US invoices
          1100 Billing receivables    104.35 USD
          1250 Unbilled receivable    -87.35 USD
          2000 Tax payable             -7.00 USD
          4020 Onboarding revenue     -10.00 USD
    """)
    assert company.night(is_full=True).entry_count == 0
