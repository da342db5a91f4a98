"""The rules that invoices and credit memos share: what stands on the lines is what the document says."""

from __future__ import annotations

import great_expectations.expectations as gxe

from include.quality.rule import Rule, quarantine

_SUMS = "Revenue and tax are booked from the lines, the receivable from the total: they must be the same money."
_TAXES = "Tax is owed as printed: line, tax rows and document must say the same."


def line_rules() -> list[Rule]:
    """Lines exist, have a product, and add up to subtotal, discount, tax and total."""
    return [
        quarantine(
            "lines_do_not_sum",
            _SUMS,
            "has no lines",
            gxe.ExpectColumnValuesToBeBetween,
            column="line_count",
            min_value=1,
        ),
        quarantine(
            "lines_do_not_sum",
            _SUMS,
            "has no total",
            gxe.ExpectColumnValuesToBeBetween,
            column="missing_totals",
            max_value=0,
        ),
        quarantine(
            "lines_do_not_sum",
            _SUMS,
            "lines give {line_total} minor units, the document says {total_minor}",
            gxe.ExpectColumnPairValuesToBeEqual,
            column_A="line_total",
            column_B="total_minor",
        ),
        quarantine(
            "lines_do_not_sum",
            _SUMS,
            "lines are {line_amount} minor units before discount, the document says {subtotal_minor}",
            gxe.ExpectColumnPairValuesToBeEqual,
            column_A="line_amount",
            column_B="subtotal_minor",
        ),
        quarantine(
            "lines_do_not_sum",
            _SUMS,
            "lines are discounted by {line_discount} minor units, the document says {discount_minor}",
            gxe.ExpectColumnPairValuesToBeEqual,
            column_A="line_discount",
            column_B="discount_minor",
        ),
        quarantine(
            "taxes_do_not_sum",
            _TAXES,
            "does not say its tax; its lines carry {line_tax} minor units",
            gxe.ExpectColumnValuesToBeBetween,
            column="missing_taxes",
            max_value=0,
        ),
        quarantine(
            "taxes_do_not_sum",
            _TAXES,
            "lines carry {line_tax} minor units of tax, the document says {tax_minor}",
            gxe.ExpectColumnPairValuesToBeEqual,
            column_A="line_tax",
            column_B="tax_minor",
        ),
        quarantine(
            "taxes_do_not_sum",
            _TAXES,
            "{wrong_tax_lines} lines differ from their tax rows",
            gxe.ExpectColumnValuesToBeBetween,
            column="wrong_tax_lines",
            max_value=0,
        ),
        quarantine(
            "unknown_product",
            "The product says how revenue is recognised; without it there is no account.",
            "{lines_without_product} of {line_count} lines without a known product",
            gxe.ExpectColumnValuesToBeBetween,
            column="lines_without_product",
            max_value=0,
        ),
    ]


def covered_by_document(of: str) -> Rule:
    """What is applied is covered by the payment or credit memo it comes from."""
    return quarantine(
        "applications_exceed_document",
        "What is applied beyond the money at hand would settle receivables with nothing.",
        "{applied_minor} minor units applied of {total_minor}",
        gxe.ExpectColumnPairValuesAToBeGreaterThanB,
        column_A=of,
        column_B="applied_minor",
        or_equal=True,
    )


def not_negative(word: str) -> list[Rule]:
    """A document of a type whose amount cannot be below zero."""
    reason = f"Money that goes the other way is a document of its own, never a {word} below zero."
    return [
        quarantine(
            "negative_amount",
            reason,
            f"{word} of {{total_minor}} minor units",
            gxe.ExpectColumnValuesToBeBetween,
            column="total_minor",
            min_value=0,
        ),
        quarantine(
            "negative_amount",
            reason,
            f"{word} without an amount",
            gxe.ExpectColumnValuesToBeBetween,
            column="missing_totals",
            max_value=0,
        ),
    ]
