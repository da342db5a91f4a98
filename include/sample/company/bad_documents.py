"""Documents of night one with one mistake each; every one must end in quarantine under the rule it breaks."""

from __future__ import annotations

from dataclasses import replace

from include.sample.company.calendar import DAYS, FAR_RENEWAL
from include.sample.company.cash import apply
from include.sample.company.invoicing import line_of, onboarding, plan, usage
from include.sample.company.rows import InvoiceLineTax
from include.sample.company.specials import Desk

EARLY, MIDDLE, MONTH_END, FEBRUARY = DAYS


def write_bad_documents(desks: dict[str, Desk]) -> None:
    """Write them; the names of special documents say what is wrong."""
    us, uk, de, jp = (desks[code] for code in ("US", "UK", "DE", "JP"))
    _write_without_entity(us, uk)
    _write_bad_headers(us, de, jp)
    _write_bad_lines(uk)
    _write_bad_cash(us, de)
    credited = de.invoice("credited_without_effect", MIDDLE, plan(50_000))
    de.credit("missing_revenue_effect", credited, MONTH_END, "on_account", 5_000, None)


def _write_without_entity(us: Desk, uk: Desk) -> None:
    repaired = us.invoice("missing_entity_repaired", MIDDLE, plan(45_000), onboarding(5_000))
    us.billing.write(replace(repaired, legal_entity_id=None))
    payment = us.receive("waiting_for_repair", repaired.total_minor, MIDDLE)
    apply(us.billing, payment, repaired, repaired.total_minor, MIDDLE)
    kept = uk.invoice("missing_entity_kept", MIDDLE, plan(46_000))
    uk.billing.write(replace(kept, legal_entity_id=None))


def _write_bad_headers(us: Desk, de: Desk, jp: Desk) -> None:
    us.billing.write(replace(us.invoice("unknown_currency", MIDDLE, usage(4_700)), currency="ZZZ"))
    wrong = de.invoice("lines_do_not_sum", MIDDLE, plan(48_000))
    de.billing.write(replace(wrong, total_minor=wrong.total_minor + 1, open_minor=wrong.total_minor + 1))
    dateless = jp.invoice("missing_issue_date", MIDDLE, plan(49_000))
    jp.billing.write(replace(dateless, issue_date=None))
    jp.invoice("renewal_too_far", FAR_RENEWAL, plan(51_000))


def _write_bad_lines(uk: Desk) -> None:
    nameless = uk.invoice("line_without_product", MIDDLE, onboarding(52_000))
    uk.billing.write(replace(line_of(uk.billing, nameless), product_id=None))
    taxed = uk.invoice("taxes_do_not_sum", MIDDLE, plan(53_000))
    (tax,) = uk.billing.children(InvoiceLineTax, line_of(uk.billing, taxed).id)
    uk.billing.write(replace(tax, tax_minor=tax.tax_minor - 100))


def _write_bad_cash(us: Desk, de: Desk) -> None:
    de.receive("negative_payment", -5_000, MIDDLE, by_card=False)
    de.receive("negative_payment_deleted", -6_000, MIDDLE, by_card=False)
    invoice = us.invoice("applied_beyond_payment", MIDDLE, usage(15_000))
    payment = us.receive("applications_exceed", 10_000, MIDDLE, by_card=False)
    apply(us.billing, payment, invoice, 15_000, MIDDLE)
