"""A posting rule that cannot be right is refused with its file, its line, the fact and the cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.config.load import load_configuration
from tests.unit.config.refusal import INVOICES, Edit, refusal


@pytest.mark.parametrize(
    ("old", "new", "line", "fact_and_cure"),
    [
        ("effective_from:", "efective_from:", 8, "the key `efective_from` is unknown; did you mean `effective_from`?"),
        ("effective_from: 2000-01-01", "effective_from: soon", 8, "`effective_from` is 'soon'; "),
        ("effective_from: 2000-01-01", "effective_from: 2000-02-30", 8, "2000-02-30 is not a day of the calendar"),
        ("effective_from: 2000-01-01", "effective_from: 2000-01-01\n  effective_to: 1999-01-01", 9, "it ends on"),
        (
            "event: invoice.issued",
            "event: invoice.isued",
            6,
            "event `invoice.isued` is not in the event catalogue; did you mean `invoice.issued`?",
        ),
        ("event: invoice.issued", "event: fx.revalued", 6, "event `fx.revalued` is not booked yet"),
        (
            "{revenue_treatment:",
            "{revenue_treatmnt:",
            7,
            "`revenue_treatmnt` is no attribute of invoice.issued; did you mean `revenue_treatment`?",
        ),
        (
            "treatment: ratable",
            "treatment: ratabel",
            7,
            "`ratabel` is no value of revenue_treatment; did you mean `ratable`?",
        ),
        ("amount: gross", "amount: amount", 10, "`amount` is no component of invoice.issued"),
        (
            "debit:  accounts_receivable",
            "credit: accounts_receivable",
            9,
            "rule `invoice-deferred` does not balance: credits exceed by 2 x net, credits exceed by 2 x tax",
        ),
        ("{debit:  accounts", "{debit: x, credit: accounts", 10, "a line has either `debit` or `credit`"),
        ("rule: invoice-immediate", "rule: invoice-deferred", 14, "rule `invoice-deferred` is already defined at "),
        ("  effective_from:", "  legal_entities: [FR]\n  effective_from:", 8, "legal entity `FR` is unknown"),
        (
            "deferred_revenue,",
            "defered_revenue,",
            5,
            "role `defered_revenue` has no account in chart `default` of US; did you mean `deferred_revenue`?",
        ),
        ("treatment: immediate", "treatment: ratable", 14, "rule `invoice-immediate` and rule `invoice-deferred` at "),
        ("[charge, proration]", "[charge, charge]", 7, "a value of line_kind is listed twice; keep one."),
        (
            "  effective_from:",
            "  legal_entities: [US, US]\n  effective_from:",
            8,
            "a legal entity is listed twice; keep one.",
        ),
        ("  when: {", "  when: {{", 8, "this is not valid YAML"),
    ],
)
def test_a_fault_in_a_posting_rule_is_named_with_its_line_and_cure(
    folder: Path, edit: Edit, old: str, new: str, line: int, fact_and_cure: str
) -> None:
    edit(INVOICES, old, new)
    found = refusal(folder)
    assert any(one.startswith(f"{INVOICES}:{line}: ") and fact_and_cure in one for one in found), found


def test_one_typo_is_one_finding(folder: Path, edit: Edit) -> None:
    edit("posting_rules/40_applications.yaml", "event: payment.applied", "event: payment.aplied")
    assert len(refusal(folder)) == 1


def test_an_event_without_a_rule_is_refused(folder: Path) -> None:
    (folder / "posting_rules/60_refunds.yaml").unlink()
    assert [line.split(": ", 1)[1] for line in refusal(folder)] == [
        "event `refund.failed` has no posting rule; add one.",
        "event `refund.paid` has no posting rule; add one.",
    ]


def test_rules_of_different_companies_or_days_do_not_collide(folder: Path, edit: Edit) -> None:
    file, rule = "posting_rules/40_applications.yaml", "- rule: credit-applied\n  event: credit.applied\n"
    edit(file, rule + "  effective_from", rule + "  legal_entities: [US]\n  effective_from")
    debit, credit = "{debit: customer_credits, amount: amount}", "{credit: accounts_receivable, amount: amount}"
    lines = f"  lines:\n    - {debit}\n    - {credit}\n"
    second = "- rule: elsewhere\n  event: credit.applied\n  legal_entities: [UK, DE]\n  effective_from: 2000-01-01\n"
    early, late = "  effective_to: 2019-12-31\n", second.replace("elsewhere", "later").replace("2000", "2020")
    third = "- rule: third\n  event: credit.applied\n  legal_entities: [JP]\n  effective_from: 2000-01-01\n"
    with (folder / file).open("a", encoding="utf-8") as text:
        text.write(f"\n{second}{early}{lines}\n{late}{lines}\n{third}{lines}")
    rules = {rule.id: rule for rule in load_configuration(folder).rules.rules}
    assert rules["elsewhere"].specificity == rules["credit-applied"].specificity
    edit(file, "[UK, DE]", "[US, UK, DE]")
    assert "rule `elsewhere` and rule `credit-applied` at " in refusal(folder)[0]
