"""Configurations with something corrected, as files: what a batch keeps of them can be read again."""

from __future__ import annotations

from include.config.configuration import Configuration
from include.config.kept import load_kept
from tests.accounting.company import SHIPPED

CHART, INVOICES = "chart_of_accounts/default.yaml", "posting_rules/10_invoices.yaml"
ENTITIES = "legal_entities.yaml"


def corrected(file: str, *changes: tuple[str, str]) -> Configuration:
    """The shipped configuration with words of one file replaced."""
    text = SHIPPED.files[file]
    for old, new in changes:
        assert old in text, f"{file} has no {old}"
        text = text.replace(old, new)
    return load_kept({**SHIPPED.files, file: text})


def with_role(role: str, account: str, name: str) -> Configuration:
    """A role on another account, which the chart did not have before."""
    was = SHIPPED.charts["default"].roles[role]
    kind = SHIPPED.charts["default"].accounts[was].type
    return corrected(
        CHART,
        (f'  {role}: "{was}"', f'  {role}: "{account}"'),
        ("accounts:\n", f'accounts:\n  "{account}": {{name: {name}, type: {kind}, posted_by: shared}}\n'),
    )


def banked(told: str = "true") -> Configuration:
    """The shipped configuration where all legal entities but DE book their banks, or those told, on account 1000."""
    chart = SHIPPED.files[CHART].replace(
        "accounts:\n", 'accounts:\n  "1000": {name: Bank, type: asset, posted_by: exclusive}\n'
    )
    entities = SHIPPED.files[ENTITIES].replace("  chart: default\n", f"  chart: default\n  books_bank: {told}\n")
    files = {CHART: chart.replace("roles:\n", 'roles:\n  bank: "1000"\n'), ENTITIES: entities}
    return load_kept({**SHIPPED.files, **files})


TAX_ELSEWHERE = with_role("tax_payable", "2010", "Tax payable new")
REVENUE_ELSEWHERE = with_role("subscription_revenue", "4005", "Platform revenue")
DEFERRED_ELSEWHERE = with_role("deferred_revenue", "2110", "Deferred revenue new")
TAXED_AS_REVENUE = corrected(
    INVOICES,
    (
        "    - {credit: service_revenue,     amount: net}\n    - {credit: tax_payable,         amount: tax}",
        "    - {credit: service_revenue,     amount: gross}",
    ),
)
DEFERRED_AT_ONCE = corrected(
    INVOICES,
    ("    - {credit: deferred_revenue,    amount: net}", "    - {credit: service_revenue,     amount: net}"),
)
