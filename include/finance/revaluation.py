"""Who values foreign balances at the rate of a period's last day, and which balances these are."""

from __future__ import annotations

from enum import StrEnum

# The roles whose accounts hold money or claims to money. Deferred revenue is not among them: it is owed in service, and stays
# at the rate at which it arose.
MONETARY_ROLES: tuple[str, ...] = (
    "accounts_receivable",
    "customer_credits",
    "refunds_awaiting_credit_note",
    "processor_clearing",
    "processor_suspense",
    "processor_reserves",
    "payouts_in_transit",
    "cash_receipts_clearing",
    "disputes_receivable",
    "accrued_processor_fees",
    "due_from_affiliates",
    "due_to_affiliates",
    "withholding_tax_receivable",
    "tax_payable",
    "input_tax",
)


class Revaluer(StrEnum):
    """Who revalues an account at a period's end: Tieout, from its open items; the ERP; or nobody."""

    TIEOUT = "tieout"
    ERP = "erp"
    NONE = "none"
