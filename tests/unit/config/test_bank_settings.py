"""Who books a bank account here has all that it takes, and who does not needs none of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from include.config.load import load_configuration
from include.finance.entity_settings import BankBooks
from tests.unit.config.refusal import Edit, refusal

CHART = "chart_of_accounts/default.yaml"


@pytest.mark.parametrize(
    ("file", "old", "new", "fact_and_cure"),
    [
        (CHART, "", "", "legal entity US books its bank, and chart `default` has no account for role `bank`; add the"),
        (
            CHART,
            "roles:\n",
            'roles:\n  bank: "1010"\n',
            "legal entity US books its bank, and account 1010 of chart `default` is shared: the ERP would book the same",
        ),
        ("posting_rules/50_payments.yaml", "channel: bank", "channel: processor", "no rule for payment.received of"),
        ("posting_rules/80_payouts.yaml", "event: payout.arrived", "event: payout.failed", "`payout.arrived` has no"),
    ],
)
def test_who_books_a_bank_has_an_account_that_nobody_else_posts_to_and_rules_for_it(
    folder: Path, edit: Edit, file: str, old: str, new: str, fact_and_cure: str
) -> None:
    edit("legal_entities.yaml", "  chart: default\n", "  chart: default\n  books_bank: true\n")
    edit(file, old, new)
    found = refusal(folder)
    assert any(fact_and_cure in one for one in found), found


def test_without_a_booked_bank_its_rules_may_be_missing(folder: Path) -> None:
    removed = 0
    for path in sorted((folder / "posting_rules").glob("*.yaml")):
        text, count = re.subn(r"- rule: (\S+-bank|payout-arrived)\n(  .*\n)+", "", path.read_text(encoding="utf-8"))
        path.write_text(text, encoding="utf-8")
        removed += count
    assert removed == 9
    assert load_configuration(folder).entity_settings["US"].bank_books == BankBooks()


def test_a_bank_is_booked_by_no_other_rule_where_nobody_books_it(folder: Path, edit: Edit) -> None:
    edit("posting_rules/50_payments.yaml", "debit:  cash_receipts_clearing", "debit:  bank")
    found = refusal(folder)
    assert any("rule `payment-received-direct`: role `bank` has no account in chart `default`" in one for one in found)


@pytest.mark.parametrize(
    ("told", "fact_and_cure"),
    [
        ("CHASE", "`books_bank` is 'CHASE'"),
        ("[CHASE, 7]", "text is expected"),
    ],
)
def test_a_word_that_says_neither_which_nor_whether_is_refused(
    folder: Path, edit: Edit, told: str, fact_and_cure: str
) -> None:
    edit("legal_entities.yaml", "  chart: default\n", f"  chart: default\n  books_bank: {told}\n")
    assert any(fact_and_cure in one for one in refusal(folder)), refusal(folder)
