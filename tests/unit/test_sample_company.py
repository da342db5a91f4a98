"""The sample company's answer is sane by itself: its books balance, and the scenarios' figures stand in it."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from include.sample import company
from include.sample.company import Answer, DocumentNote, NightAnswer
from include.sample.company.bookkeeping import applications_of, book_application, bookings_of
from include.sample.company.calendar import NIGHTS
from include.sample.company.cash_rows import Payment
from include.sample.company.catalogue import HOMES, allot
from include.sample.company.invoicing import line_of
from include.sample.company.judging import documents, exclusion_of, faults_of, home_of
from include.sample.company.rows import CreditNote, Invoice
from include.sample.company.story import tell_story

SEED = company.SEED
STORY = tell_story(SEED, 1)
FIRST, SECOND = STORY.meanwhile.after, STORY.night_two.after


@pytest.fixture(scope="module")
def answer() -> Answer:
    return company.answer()


def outcome(answer: Answer, night: int, name: str) -> str | None:
    """Outcome and reason of a special document in a night; None if that night does not read it."""
    return note(answer.nights[night - 1].documents, answer, name)


def note(notes: Sequence[DocumentNote], answer: Answer, name: str) -> str | None:
    kind, native_id = answer.specials[name]
    found = [line.note for line in notes if (line.document_type, line.native_id) == (kind, native_id)]
    assert len(found) <= 1
    return found[0] if found else None


def net(night: NightAnswer, entity: str, account: str) -> int:
    return sum(row.net_minor for row in night.ledger if (row.legal_entity_code, row.account_code) == (entity, account))


@pytest.mark.parametrize("night", [0, 1])
def test_every_entity_and_period_nets_to_zero(answer: Answer, night: int) -> None:
    nets: Counter[tuple[str, str]] = Counter()
    for row in answer.nights[night].ledger:
        nets[row.legal_entity_code, row.period] += row.net_minor
    assert {entity for entity, _ in nets} == {"US", "UK", "DE", "JP"}
    assert set(nets.values()) == {0}


@pytest.mark.parametrize(("seed", "size"), [(1, 1), (7, 3)])
def test_any_seed_and_size_balances_and_stays_small_in_entries(seed: int, size: int) -> None:
    for night in company.answer(seed, size).nights:
        assert sum(row.net_minor for row in night.ledger) == 0
        assert night.entries_at_most <= 150


def test_the_same_seed_gives_the_same_answer_and_another_seed_another(answer: Answer) -> None:
    tell_story.cache_clear()
    assert company.answer() == answer
    assert company.answer(SEED + 1) != answer


def test_night_one_has_a_few_hundred_documents(answer: Answer) -> None:
    assert 200 <= len(answer.nights[0].documents) <= 400
    assert len(company.answer(SEED, 2).nights[0].documents) > 1.5 * len(answer.nights[0].documents)


def test_s1_books_the_scenarios_figures() -> None:
    """
    2026-01-15 US
      1100 Accounts receivable   1426.51 USD
      2100 Deferred revenue     -1080.00 USD
      4020 Onboarding revenue    -150.00 USD
      4010 Usage revenue          -87.35 USD
      2000 Tax payable           -109.16 USD
    """
    (booking,) = bookings_of(FIRST, FIRST.named(Invoice, "S1"))
    assert str(booking.day) == "2026-01-15"
    assert booking.legs == {"1100": 142_651, "2100": -108_000, "4020": -15_000, "4010": -8_735, "2000": -10_916}


def test_s2_and_s4_receive_into_customer_credits_and_apply_from_there() -> None:
    payment = FIRST.named(Payment, "S1_payment")
    (received,) = bookings_of(FIRST, payment)
    assert received.legs == {"1050": 142_651, "2050": -142_651}
    over = FIRST.named(Payment, "S4_payment")
    (application,) = applications_of(FIRST, over)
    (applied,) = book_application(FIRST, over, application)
    assert applied.legs == {"2050": 50_000, "1100": -50_000}
    assert over.amount_minor == 55_000


def test_s13_books_yen_without_decimals() -> None:
    (booking,) = bookings_of(FIRST, FIRST.named(Invoice, "S13"))
    assert booking.legs == {"1100": 11_000, "2100": -10_000, "2000": -1_000}


def test_s16_takes_the_discount_before_the_inclusive_tax() -> None:
    invoice = FIRST.named(Invoice, "S16")
    line = line_of(FIRST, invoice)
    assert (line.amount_minor, line.discount_minor, line.tax_minor, line.net_minor) == (12_000, 1_200, 1_800, 9_000)
    assert (invoice.subtotal_minor, invoice.discount_minor, invoice.tax_minor) == (17_000, 1_200, 2_800)
    (booking,) = bookings_of(FIRST, invoice)
    assert booking.legs == {"1100": 10_800 + 6_000, "2100": -9_000, "4020": -5_000, "2000": -1_800 - 1_000}


def test_a_negative_invoice_goes_to_customer_credits() -> None:
    (booking,) = bookings_of(FIRST, FIRST.named(Invoice, "downgrade"))
    assert booking.legs == {"2050": -54_438, "2100": 50_000, "2000": 4_438}


def test_a_part_paid_invoice_is_credited_only_up_to_what_is_open() -> None:
    (implied,) = applications_of(FIRST, FIRST.named(CreditNote, "implied_capped"))
    assert implied.amount == 19_000


def test_a_payment_known_earlier_shrinks_the_implied_application() -> None:
    amounts = [
        [application.amount for application in applications_of(billing, billing.named(CreditNote, "implied_shrinks"))]
        for billing in (FIRST, SECOND)
    ]
    assert amounts == [[7_200], [2_000]]


# Said here by hand, so that a mistake in the answer's arithmetic is seen.
EXPECTED = {
    "S1": ("new", None),
    "downgrade": ("new", None),
    "S4_payment": ("new", "changed"),
    "S3": ("new", "unchanged"),
    "draft_kept": ("excluded draft", None),
    "draft_deleted": ("excluded draft", "deleted"),
    "draft_issued": ("excluded draft", "new"),
    "pending_kept": ("excluded pending", None),
    "pending_settled": ("excluded pending", "new"),
    "failed_payment": ("excluded failed", None),
    "foreign": ("new", None),
    **dict.fromkeys(
        ("dispute_lost", "dispute_lost_delivered", "dispute_inquiry", "chargeback", "write_off"), ("new", None)
    ),
    "dispute": ("new", "changed"),
    **dict.fromkeys(("fee", "dispute_fee", "fee_given_back", "fee_reverse_charge", "fee_invoiced"), ("new", None)),
    "fee_in_euros": ("new", None),
    **dict.fromkeys(
        ("payout", "payout_negative", "payout_failed", "payout_adjusted", "payout_converted"), ("new", None)
    ),
    "payout_in_transit": ("new", "unchanged"),
    "S10": ("new", None),
    "S10_payment": ("new", None),
    "settled_in_euros_payment": ("new", None),
    "S5_refund": ("new", None),
    "bank_charge_kept": ("new", None),
    "moved_back_far": ("new", "quarantined backdated"),
    "negative_payment_deleted": ("quarantined negative_amount", "deleted"),
    "voided_at_first_sight": ("new", None),
    "written_off": ("new", None),
    "renewal_tomorrow": ("held future_date", None),
    "renewal_later": ("held future_date", None),
    "renewal_new": (None, "held future_date"),
    "old_year": ("held hold_for_reopen", None),
    "implied": ("new", "unchanged"),
    "implied_shrinks": ("new", "changed"),
    "implied_on_night_two": (None, "new"),
    "credit_voided_later": ("new", "changed"),
    "credit_applied_later": ("new", "changed"),
    "refund_of_unapplied": ("new", None),
    "refund_fails_later": ("new", "changed"),
    "refund_without_credit": (None, "new"),
    "voided_when_paid": ("new", "changed"),
    "voided_when_paid_payment": ("new", "changed"),
    "voided_when_open": ("new", "changed"),
    "changed_in_closed_period": ("new", "changed"),
    "changed_in_open_period": ("new", "changed"),
    "application_deleted_payment": ("new", "changed"),
    "application_deleted_softly_payment": ("new", "changed"),
    "unapplied_today_payment": ("new", "changed"),
    "unapplied_in_closed_period_payment": ("new", "changed"),
    "payment_reversed_payment": ("new", "changed"),
    "flipped_to_paid": ("new", "unchanged"),
    "payment_deleted": ("new", "excluded deleted_after_accounting"),
    "collected_for_us": ("new", "unchanged"),
    "waiting_for_repair": ("new", "changed"),
    "missing_entity_repaired": ("quarantined unknown_legal_entity", "new"),
    "missing_entity_kept": ("quarantined unknown_legal_entity",) * 2,
    "unknown_currency": ("quarantined unknown_currency",) * 2,
    "lines_do_not_sum": ("quarantined lines_do_not_sum",) * 2,
    "missing_issue_date": ("quarantined missing_document_date",) * 2,
    "renewal_too_far": ("quarantined future_document_date",) * 2,
    "line_without_product": ("quarantined unknown_product",) * 2,
    "taxes_do_not_sum": ("quarantined taxes_do_not_sum",) * 2,
    "negative_payment": ("quarantined negative_amount",) * 2,
    "applications_exceed": ("quarantined applications_exceed_document",) * 2,
    "missing_revenue_effect": ("quarantined missing_revenue_effect",) * 2,
    "meanwhile_de": ("new", "unchanged"),
    "meanwhile_jp": ("new", "unchanged"),
    "paid_meanwhile_payment": ("new", "unchanged"),
    "late_us": (None, "new"),
    "late_uk": (None, "new"),
    "paid_late": ("new", "unchanged"),
    "january_in_february_us": (None, "new"),
    "january_in_february_uk": (None, "new"),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_special_document_ends_each_night_as_said(answer: Answer, name: str) -> None:
    assert (outcome(answer, 1, name), outcome(answer, 2, name)) == EXPECTED[name]


def test_a_quarantined_document_breaks_one_rule_only() -> None:
    for billing, night in ((FIRST, NIGHTS[0]), (SECOND, NIGHTS[1])):
        for row in documents(billing):
            home = home_of(billing, row)
            if exclusion_of(row) is None:
                assert len(faults_of(billing, row, home.day(night.as_of) if home else None)) <= 1


def test_outcomes_count_every_document_read_once(answer: Answer) -> None:
    for night in answer.nights:
        assert sum(cell.document_count for cell in night.outcomes) == len(night.documents)
        assert len({(line.document_type, line.native_id) for line in night.documents}) == len(night.documents)


def test_exceptions_are_the_quarantined_and_what_a_person_must_see(answer: Answer) -> None:
    second = answer.nights[1]
    assert note(second.exceptions, answer, "payment_deleted") == "deleted_after_accounting"
    assert note(second.exceptions, answer, "refund_without_credit") == "refund_without_credit_note"
    assert note(second.exceptions, answer, "missing_entity_repaired") is None
    assert note(second.exceptions, answer, "old_year") == "hold_for_reopen"
    assert note(second.exceptions, answer, "negative_payment_deleted") is None
    assert note(second.exceptions, answer, "payout_adjusted") == "processor_adjustment"
    assert len(second.exceptions) == 16
    assert net(second, "UK", "2060") == 10_000


def test_the_page_of_the_sample_company_lists_every_bad_document_and_names_only_what_there_is(answer: Answer) -> None:
    page = (Path(__file__).parents[2] / "docs" / "sample_company.md").read_text(encoding="utf-8")
    story, _, table = page.partition("## The bad documents")
    rows = [[cell.strip().strip("`") for cell in line.split("|")[1:-1]] for line in table.splitlines() if "| `" in line]
    told = {(name, kind, first, second) for name, kind, _, first, second, _ in rows}
    broken = {(line.document_type, line.native_id) for night in answer.nights for line in night.exceptions}
    assert told == {
        (name, special[0], outcome(answer, 1, name) or "-", outcome(answer, 2, name) or "-")
        for name, special in answer.specials.items()
        if special in broken
    }
    named = re.findall(r"`([a-zA-Z0-9_]+)`", story.partition("## What happens in it")[2].partition("Disputes, fees")[0])
    assert set(named) - set(answer.specials) == {"control_totals"}


def test_nothing_of_january_moves_in_the_us_on_night_two(answer: Answer) -> None:
    first, second = (
        [row for row in night.ledger if (row.legal_entity_code, row.period) == ("US", "2026-01")]
        for night in answer.nights
    )
    assert first == second


def test_a_void_in_the_closed_period_is_booked_in_the_open_one(answer: Answer) -> None:
    first, second = bookings_of(SECOND, SECOND.named(Invoice, "voided_when_paid"))
    assert (str(first.day), str(second.day)) == ("2026-01-15", "2026-02-01")
    payment = SECOND.named(Payment, "voided_when_paid_payment")
    (application,) = applications_of(SECOND, payment)
    there, back = book_application(SECOND, payment, application)
    assert (there.legs, str(back.day)) == ({"2050": 31_574, "1100": -31_574}, "2026-02-01")


def test_rounding_is_half_away_from_zero() -> None:
    assert [allot(amount, 1, 2) for amount in (1, -1, 3, -3, 4)] == [1, -1, 2, -2, 2]


def test_the_zones_differ() -> None:
    assert {home.day(NIGHTS[0].as_of).isoformat() for home in HOMES.values()} == {"2026-02-01"}
    (received,) = bookings_of(FIRST, FIRST.named(Payment, "unapplied"))
    assert str(received.day) == "2026-01-31"


def test_the_answer_is_written_as_it_is_worked_out(tmp_path: Path, answer: Answer) -> None:
    assert company.write_answer(tmp_path / "sample" / "answer.json") == answer
    assert '"net_minor"' in (tmp_path / "sample" / "answer.json").read_text(encoding="utf-8")


def test_the_answer_knows_nothing_of_the_pipelines_and_no_fractions() -> None:
    for file in Path(company.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert not (node.module or "").startswith("include.") or (node.module or "").startswith(
                    "include.sample."
                )
            if file.name != "steps.py":  # it waits, in fractions of seconds
                assert not (isinstance(node, ast.Constant) and isinstance(node.value, float))
                assert not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div))
