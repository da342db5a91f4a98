"""Documents of night one that each stand for a case: the scenarios' figures, and what night two will change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

from include.sample.company.billing import Billing
from include.sample.company.calendar import DAYS, OLD_YEAR, RENEWAL, TOMORROW
from include.sample.company.cash import apply, pay, receive, refund
from include.sample.company.cash_rows import Payment
from include.sample.company.catalogue import HOMES, Home, add_customer
from include.sample.company.crediting import issue_credit
from include.sample.company.invoicing import (
    Item,
    issue_invoice,
    line_of,
    onboarding,
    plan,
    settle,
    usage,
)
from include.sample.company.rows import CreditNote, Customer, Invoice

EARLY, MIDDLE, MONTH_END, FEBRUARY = DAYS


@dataclass(frozen=True, slots=True)
class Desk:
    """Writes the special documents of one legal entity, for one customer."""

    billing: Billing
    home: Home
    customer: Customer

    def invoice(self, name: str, day: date, *items: Item, status: str = "issued") -> Invoice:
        """A special invoice."""
        row = issue_invoice(self.billing, self.home, self.customer, name, day, items, status=status)
        return self.billing.special(name, row)

    def paid(self, name: str, day: date, *items: Item, by_card: bool = True) -> tuple[Invoice, Payment]:
        """A special invoice, paid in full on its day; the payment is called `<name>_payment`."""
        invoice = self.invoice(name, day, *items)
        payment = pay(self.billing, self.home, invoice, name, day, by_card=by_card)
        self.billing.special(f"{name}_payment", payment)
        return self.billing.get(Invoice, invoice.id), payment

    def receive(self, name: str, amount: int, day: date, *, by_card: bool = True, status: str = "succeeded") -> Payment:
        """A special payment."""
        row = receive(self.billing, self.home, self.customer, name, amount, day, by_card=by_card, status=status)
        return self.billing.special(name, row)

    def credit(
        self, name: str, invoice: Invoice, day: date, kind: str, amount: int, effect: str | None = "price_reduction"
    ) -> CreditNote:
        """A special credit note on the invoice's first line."""
        part = (line_of(self.billing, invoice), amount, effect)
        row = issue_credit(self.billing, self.home, name, invoice, day, kind, [part])
        settle(self.billing, invoice.id)
        return self.billing.special(name, row)


def open_desks(billing: Billing) -> dict[str, Desk]:
    """One desk per legal entity, with a customer of its own."""
    return {code: Desk(billing, home, add_customer(billing, home, "special")) for code, home in HOMES.items()}


def write_specials(desks: dict[str, Desk]) -> None:
    """Write all special good documents of night one."""
    us, uk, de, jp = (desks[code] for code in ("US", "UK", "DE", "JP"))
    _write_scenarios(us, uk, jp)
    _write_states(us, uk, de, jp)
    _write_dates(us, uk, de, jp)
    _write_credits(us, uk, de, jp)
    _write_for_night_two(us, uk, de, jp)
    _write_intercompany(us, uk)


def _write_scenarios(us: Desk, uk: Desk, jp: Desk) -> None:
    basket = (plan(120_000, 12_000), onboarding(15_000), usage(8_735))
    invoice, _ = us.paid("S1", MIDDLE, *basket)
    us.invoice("downgrade", MONTH_END, replace(plan(-50_000), reduces=line_of(us.billing, invoice)))
    part = us.invoice("S3", MIDDLE, usage(50_000))
    pay(us.billing, us.home, part, "S3", MIDDLE, 20_000, by_card=False)
    over = us.invoice("S4", MIDDLE, usage(50_000))
    payment = us.receive("S4_payment", 55_000, MIDDLE, by_card=False)
    apply(us.billing, payment, over, 50_000, MIDDLE)
    jp.invoice("S13", MIDDLE, plan(10_000))
    uk.invoice("S16", MIDDLE, plan(12_000, 1_200, is_inclusive=True), onboarding(5_000))


def _write_states(us: Desk, uk: Desk, de: Desk, jp: Desk) -> None:
    uk.invoice("draft_kept", FEBRUARY, plan(30_000), status="draft")
    us.invoice("draft_deleted", FEBRUARY, plan(31_000), status="draft")
    de.invoice("draft_issued", FEBRUARY, plan(32_000), status="draft")
    uk.receive("pending_kept", 11_000, FEBRUARY, status="pending")
    us.receive("pending_settled", 12_000, FEBRUARY, status="pending")
    de.receive("failed_payment", 13_000, MONTH_END, status="failed")
    foreign = issue_invoice(us.billing, us.home, us.customer, "foreign", MIDDLE, [plan(40_000)], currency="EUR")
    us.billing.special("foreign", foreign)
    voided = jp.invoice("voided_at_first_sight", EARLY, plan(21_000), onboarding(5_000), status="void")
    # 1 February in Tokyo, 31 January by UTC.
    jp.billing.write(replace(voided, voided_at=datetime(2026, 1, 31, 20, tzinfo=UTC)))
    lost = uk.invoice("written_off", EARLY, plan(22_000), status="written_off")
    uk.billing.write(replace(lost, written_off_at=uk.home.instant(MONTH_END, time(9))))


def _write_dates(us: Desk, uk: Desk, de: Desk, jp: Desk) -> None:
    us.invoice("renewal_tomorrow", TOMORROW, plan(60_000))
    de.invoice("renewal_later", RENEWAL, plan(61_000))
    uk.invoice("old_year", OLD_YEAR, plan(62_000))
    # 31 January in New York, 1 February by UTC; never applied.
    instant = datetime(2026, 2, 1, 3, tzinfo=UTC)
    payment = receive(us.billing, us.home, us.customer, "unapplied", 7_700, MONTH_END, received_at=instant)
    us.billing.special("unapplied", payment)
    jp.receive("unapplied_jp", 8_800, FEBRUARY, by_card=False)


def _write_credits(us: Desk, uk: Desk, de: Desk, jp: Desk) -> None:
    part_paid = de.invoice("credited_beyond_open", EARLY, plan(100_000))
    pay(de.billing, de.home, part_paid, "credited_beyond_open", MIDDLE, 100_000, by_card=False)
    de.credit("implied_capped", part_paid, MONTH_END, "ar_reduction", 30_000)
    unpaid = jp.invoice("credited_then_paid", EARLY, plan(50_000))
    jp.credit("implied", unpaid, MONTH_END, "ar_reduction", 20_000, "termination")
    shrinking = uk.invoice("credited_then_paid_earlier", EARLY, plan(10_000))
    uk.credit("implied_shrinks", shrinking, MONTH_END, "ar_reduction", 6_000)
    overpaid = uk.invoice("overpaid_by_card", MIDDLE, usage(10_000))
    payment = uk.receive("overpaid_by_card_payment", 15_000, MIDDLE)
    apply(uk.billing, payment, overpaid, 10_000, MIDDLE)
    uk.billing.special("refund_of_unapplied", refund(uk.billing, uk.home, payment, "unapplied", 5_000, MONTH_END))
    short = de.invoice("short_of_bank_charge", MIDDLE, plan(20_000))
    payment = de.receive("bank_charge_kept", short.total_minor - 300, MIDDLE, by_card=False)
    apply(de.billing, payment, short, payment.amount_minor, MIDDLE, bank_charge=300)
    returned, paid = uk.paid("refunded", EARLY, plan(20_000))
    credit = uk.credit("refund_credit", returned, MONTH_END, "refund", 10_000, "goodwill")
    row = refund(uk.billing, uk.home, paid, "fails_later", credit.total_minor, MONTH_END, credit)
    uk.billing.special("refund_fails_later", row)
    lost = uk.billing.named(Invoice, "written_off")
    uk.credit("write_off", lost, MONTH_END, "write_off", 22_000)
    jp.credit("credit_voided_later", jp.paid("credited_by_mistake", EARLY, plan(9_000))[0], MIDDLE, "on_account", 3_000)
    us.credit(
        "credit_applied_later", us.paid("credited_on_account", EARLY, plan(9_000))[0], MIDDLE, "on_account", 4_000
    )


def _write_for_night_two(us: Desk, uk: Desk, de: Desk, jp: Desk) -> None:
    us.paid("voided_when_paid", MIDDLE, plan(24_000), onboarding(5_000))
    uk.invoice("voided_when_open", MIDDLE, plan(25_000))
    us.invoice("changed_in_closed_period", MIDDLE, plan(26_000), usage(1_234))
    uk.invoice("changed_in_open_period", MIDDLE, plan(27_000), onboarding(10_000))
    us.paid("application_deleted", MIDDLE, plan(28_000))
    uk.paid("application_deleted_softly", MIDDLE, plan(29_000), by_card=False)
    de.paid("unapplied_today", MIDDLE, plan(33_000), by_card=False)
    us.paid("unapplied_in_closed_period", MIDDLE, plan(34_000))
    de.paid("payment_reversed", MONTH_END, plan(35_000), by_card=False)
    jp.invoice("flipped_to_paid", MIDDLE, plan(36_000))
    uk.receive("payment_deleted", 6_600, MIDDLE, by_card=False)
    uk.paid("refunded_without_credit", MIDDLE, plan(37_000))
    uk.invoice("credited_on_night_two", MIDDLE, plan(38_000))
    uk.invoice("moved_back_far", MIDDLE, plan(40_000))
    uk.invoice("paid_meanwhile", MIDDLE, plan(39_000))
    de.invoice("paid_late", MIDDLE, plan(41_000))


def _write_intercompany(us: Desk, uk: Desk) -> None:
    invoice = us.invoice("collected_by_uk", MIDDLE, usage(9_000))
    payment = uk.receive("collected_for_us", 10_000, MIDDLE, by_card=False)
    apply(uk.billing, payment, invoice, 9_000, MIDDLE, used=7_200)
