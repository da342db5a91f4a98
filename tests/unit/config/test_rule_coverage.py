"""A load refuses rules that leave an event without a rule, that tie for one, or that never win; it names an example."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.config.load import load_configuration
from tests.unit.config.refusal import INVOICES, Edit, refusal

PAYMENTS = "posting_rules/50_payments.yaml"
CURE = "add a rule, or widen a condition or the dates of one."
LINES = """  lines:
    - {debit:  processor_clearing, amount: amount}
    - {credit: customer_credits,   amount: amount}
"""


def with_rule(folder: Path, text: str) -> None:
    """One more rule for payments received, at the end of their file."""
    with (folder / PAYMENTS).open("a", encoding="utf-8") as file:
        file.write(f"\n- rule: one-more\n  event: payment.received\n{text}{LINES}")


def last_rule(folder: Path) -> str:
    lines = (folder / PAYMENTS).read_text(encoding="utf-8").splitlines()
    return f"{PAYMENTS}:{lines.index('- rule: one-more') + 1}: "


def test_a_value_that_no_rule_takes_is_named_with_an_example(folder: Path, edit: Edit) -> None:
    edit(
        INVOICES,
        "revenue_treatment: usage, line_kind: [charge, proration]",
        "revenue_treatment: usage, line_kind: charge",
    )
    gap = "revenue_treatment is usage, document_sign is positive, line_kind is proration"
    assert refusal(folder) == [
        f"{INVOICES}:5: no rule for invoice.issued of legal entity US on 2000-01-01, {gap}; {CURE}"
    ]


def test_a_day_that_no_rule_holds_on_is_a_gap_in_the_first_legal_entity_that_has_it(folder: Path, edit: Edit) -> None:
    edit(PAYMENTS, "effective_from: 2000-01-01", "effective_from: 2000-01-01\n  effective_to: 2025-12-31")
    assert "no rule for payment.received of legal entity US on 2026-01-01, channel is processor" in refusal(folder)[0]
    with_rule(folder, "  when: {channel: processor}\n  legal_entities: [US, DE, JP]\n  effective_from: 2026-01-01\n")
    assert "no rule for payment.received of legal entity UK on 2026-01-01, channel is processor" in refusal(folder)[0]


def test_a_rule_that_starts_later_than_the_others_leaves_the_days_before_it_open(folder: Path, edit: Edit) -> None:
    edit(PAYMENTS, "2000-01-01", "2200-01-01")
    assert "no rule for payment.received of legal entity US on 2000-01-01, channel is processor" in refusal(folder)[0]


def test_what_cannot_occur_needs_no_rule_and_what_is_left_empty_does(folder: Path, edit: Edit) -> None:
    edit(PAYMENTS, "{channel: direct}", "{channel: direct, processor: {present: false}}")
    assert load_configuration(folder)  # a payment straight to the bank has no processor
    edit(PAYMENTS, "{channel: processor}", "{channel: processor, processor: {not: stripe}}")
    found = refusal(folder)
    assert ["processor is stripe" in line for line in found] == [True]
    edit(PAYMENTS, "{not: stripe}", "stripe")
    assert ["processor is any other" in line for line in refusal(folder)] == [True]


def test_rules_tie_only_where_no_better_one_decides(folder: Path) -> None:
    one = "  when: {channel: processor, method: card}\n  effective_from: 2000-01-01\n"
    with_rule(folder, one)
    with (folder / PAYMENTS).open("a", encoding="utf-8") as file:
        file.write(
            f"\n- rule: another\n  event: payment.received\n{one.replace('method: card', 'processor: stripe')}{LINES}"
        )
    [tie] = refusal(folder)
    example = "legal entity US on 2000-01-01, channel is processor, method is card, processor is stripe"
    assert f"rule `another` and rule `one-more` at {folder}/{last_rule(folder).removesuffix(': ')}" in tie
    assert f"fit payment.received of {example} equally well; add a condition to one of them" in tie
    with (folder / PAYMENTS).open("a", encoding="utf-8") as file:
        both = "  when: {channel: processor, method: card, processor: stripe}\n  effective_from: 2000-01-01\n"
        file.write(f"\n- rule: both\n  event: payment.received\n{both}{LINES}")
    assert load_configuration(folder)


def test_dates_that_overlap_by_a_day_tie_on_that_day(folder: Path, edit: Edit) -> None:
    edit(PAYMENTS, "effective_from: 2000-01-01", "effective_from: 2000-01-01\n  effective_to: 2026-01-01")
    with_rule(folder, "  when: {channel: processor}\n  effective_from: 2026-01-01\n")
    [tie] = refusal(folder)
    assert tie.startswith(last_rule(folder) + "rule `one-more` and rule `payment-received-processor` at ")
    assert "of legal entity US on 2026-01-01, channel is processor equally well" in tie


@pytest.mark.parametrize(
    ("conditions", "fact"),
    [
        (
            "  effective_from: 2000-01-01\n",
            "where it fits, `payment-received-bank` at {file}:20, `payment-received-direct` at {file}:12, `payment-received-processor` at {file}:4 fits better",
        ),
        (
            "  when: {channel: direct, processor: stripe}\n  effective_from: 2000-01-01\n",
            "no payment.received that can occur meets its conditions",
        ),
        (
            "  when: {method: {not: [card, bank_transfer, direct_debit, cash, other]}}\n  effective_from: 2000-01-01\n",
            "no payment.received that can occur meets its conditions",
        ),
    ],
)
def test_a_rule_that_never_wins_is_refused_and_says_who_beats_it(folder: Path, conditions: str, fact: str) -> None:
    with_rule(folder, conditions)
    told = fact.format(file=folder / PAYMENTS)
    assert refusal(folder) == [f"{last_rule(folder)}rule `one-more` never wins: {told}; change or remove it."]


def test_a_rule_of_one_company_overrides_every_common_rule_there_and_nowhere_else(folder: Path) -> None:
    with_rule(folder, "  legal_entities: [DE]\n  effective_from: 2026-01-01\n")
    assert load_configuration(folder)
    with (folder / PAYMENTS).open("a", encoding="utf-8") as file:
        dead = "  when: {method: card}\n  legal_entities: [DE]\n  effective_from: 2020-01-01\n"
        file.write(f"\n- rule: narrower\n  event: payment.received\n{dead}{LINES}")
    assert load_configuration(folder)  # the narrower of two own rules wins, so that both are reached


@pytest.mark.parametrize(
    ("old", "new", "line", "fact_and_cure"),
    [
        (
            "{channel: processor}",
            "{number: x}",
            6,
            "`number` cannot be asked for: it is not in the content hash of payment.received",
        ),
        ("{channel: processor}", "{department: x}", 6, "`department` is no attribute of payment.received"),
        (
            "{channel: processor}",
            "{channel: {not: dircet}}",
            6,
            "`dircet` is no value of channel; did you mean `direct`?",
        ),
        ("{channel: processor}", "{channel: {nott: direct}}", 6, "the key `nott` is unknown; did you mean `not`?"),
        ("{channel: processor}", "{channel: {}}", 6, "channel asks for a value, a list of values, `not` or `present`"),
        ("{channel: processor}", "{channel: []}", 6, "`channel` is []"),
        ("{channel: processor}", "{channel: {not: direct, present: true}}", 6, "channel asks for a value"),
        ("amount: amount}", "amount: amount, only: negativ}", 9, "`only` is 'negativ'; write one of"),
        (
            "amount: amount}",
            "amount: amount, only: negative}",
            8,
            "does not balance: credits exceed by 1 x amount above zero",
        ),
        (
            "amount: amount}",
            "amount: amount, dimensions: {region: kept}}",
            9,
            "`region` is 'kept'; write one of 'keep' or 'drop'.",
        ),
        (
            "amount: amount}",
            "amount: amount, dimensions: {region: {}}}",
            9,
            "region is `keep`, `drop`, a fixed `value`",
        ),
        ("amount: amount}", "amount: amount, dimensions: {regoin: drop}}", 9, "'regoin'; write one of"),
        (
            "amount: amount}",
            "amount: amount, dimensions: {region: {mapping: regions}}}",
            9,
            "`regions` is no mapping in mappings/",
        ),
    ],
)
def test_a_fault_in_the_wider_language_is_named_with_its_line_and_cure(
    folder: Path, edit: Edit, old: str, new: str, line: int, fact_and_cure: str
) -> None:
    edit(PAYMENTS, old, new)
    found = refusal(folder)
    assert any(one.startswith(f"{PAYMENTS}:{line}: ") and fact_and_cure in one for one in found), found


@pytest.mark.parametrize(
    ("mapping", "line", "fact_and_cure"),
    [
        ("from: departmint\n", 1, "`departmint` cannot be mapped from; did you mean `department`?"),
        ("from: channel\nvalues: {dircet: D}\n", 2, "`dircet` is no value of channel; did you mean `direct`?"),
        ("from: region\nmust_map: true\ndefault: X\n", 3, "what must be mapped has no default"),
        ("from: region\nlegal_entities:\n  FR: {north: N}\n", 3, "legal entity `FR` is unknown"),
        ("from: legal_entity\nvalues:\n  FR: france\n", 3, "`FR` is no value of legal_entity"),
        ("from: region\nvalues: {north: 1}\n", 2, "`north` is the number 1, but text is expected; write it in quotes"),
        ("from: region\nmap: {}\n", 2, "the key `map` is unknown"),
        ("- region\n", 1, "its keys are expected here: default, from, legal_entities, must_map, values"),
    ],
)
def test_a_fault_in_a_mapping_is_named_with_its_line_and_cure(
    folder: Path, mapping: str, line: int, fact_and_cure: str
) -> None:
    (folder / "mappings").mkdir(exist_ok=True)
    (folder / "mappings/regions.yaml").write_text(mapping, encoding="utf-8")
    found = refusal(folder)
    assert any(one.startswith(f"mappings/regions.yaml:{line}: ") and fact_and_cure in one for one in found), found


def test_a_mapping_reads_only_what_the_event_of_its_rule_has(folder: Path, edit: Edit) -> None:
    (folder / "mappings").mkdir(exist_ok=True)
    (folder / "mappings/units.yaml").write_text("from: revenue_effect\n", encoding="utf-8")
    edit(PAYMENTS, "amount: amount}", "amount: amount, dimensions: {department: {mapping: units}}}")
    [found] = refusal(folder)
    assert found.startswith(f"{PAYMENTS}:9: ")
    assert "mapping `units` reads `revenue_effect`, which payment.received does not have" in found
