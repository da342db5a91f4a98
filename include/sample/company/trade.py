"""The regular trade of the sample company: seeded, the same for one seed and size, in whole minor units."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from uuid import UUID

from include.sample.company.billing import Billing
from include.sample.company.calendar import DAYS, TOMORROW
from include.sample.company.cash import apply, pay, refund
from include.sample.company.catalogue import HOMES, Home, add_customer, allot
from include.sample.company.crediting import issue_credit
from include.sample.company.invoicing import Item, issue_invoice, line_of, onboarding, plan, usage
from include.sample.company.rows import Customer, Invoice, InvoiceLine

_INVOICES_PER_HOME = 30
_NEWS_PER_HOME = 6
# What becomes of an invoice: one name per share of twenty, so that no choice needs a fraction.
_FATES = ("card",) * 7 + ("refunded",) + ("wire",) * 5 + ("part",) * 2 + ("credited",) * 2 + ("unpaid",) * 3
_EFFECTS = ("price_reduction", "termination", "goodwill")


@dataclass(frozen=True, slots=True)
class Trade:
    """What the first night's trade leaves to the second: unpaid invoices per legal entity, and its customers."""

    unpaid: dict[str, list[UUID]] = field(default_factory=dict)
    customers: dict[str, list[Customer]] = field(default_factory=dict)


def trade_before_night_one(billing: Billing, size: int) -> Trade:
    """Invoices of January and of 1 February: most paid, some in part, some credited, a few refunded."""
    trade = Trade()
    for home in HOMES.values():
        chance = Random(f"{billing.seed}/trade/{home.code}")  # noqa: S311  repeatable on purpose
        trade.customers[home.code] = [add_customer(billing, home, f"{number:05}") for number in range(1, 12 * size + 1)]
        trade.unpaid[home.code] = []
        for number in range(1, _INVOICES_PER_HOME * size + 1):
            customer = chance.choice(trade.customers[home.code])
            when = chance.randrange(len(DAYS))
            invoice = issue_invoice(billing, home, customer, f"{number:06}", DAYS[when], _basket(chance, home))
            _follow(billing, home, chance, invoice, when, trade)
    return trade


def trade_before_night_two(billing: Billing, size: int, trade: Trade) -> None:
    """New invoices, some paid at once, and payments of invoices of night one."""
    for home in HOMES.values():
        chance = Random(f"{billing.seed}/second trade/{home.code}")  # noqa: S311  repeatable on purpose
        for number in range(1, _NEWS_PER_HOME * size + 1):
            day = DAYS[-1] if number % 2 else TOMORROW
            customer = chance.choice(trade.customers[home.code])
            invoice = issue_invoice(billing, home, customer, f"2-{number:06}", day, _basket(chance, home))
            if number % 3 == 0:
                pay(billing, home, invoice, f"2-{number:06}", TOMORROW, by_card=number % 2 == 0)
        for number, key in enumerate(trade.unpaid[home.code][: 4 * size], start=1):
            pay(billing, home, billing.get(Invoice, key), f"2-late-{number:06}", TOMORROW, by_card=number % 2 == 0)


def _basket(chance: Random, home: Home) -> list[Item]:
    """What one customer buys: always a plan, often more."""
    price = 2_500 * chance.randrange(4, 60)
    discount = allot(price, 1, 10) if chance.randrange(3) == 0 else 0
    basket = [plan(price, discount, is_inclusive=home.code == "UK" and chance.randrange(4) == 0)]
    if chance.randrange(2):
        basket.append(onboarding(5_000 * chance.randrange(1, 5)))
    if chance.randrange(2):
        basket.append(usage(chance.randrange(101, 19_999)))
    return basket


def _follow(billing: Billing, home: Home, chance: Random, invoice: Invoice, when: int, trade: Trade) -> None:
    """What becomes of an invoice before night one."""
    later, name = DAYS[min(when + 1, len(DAYS) - 1)], invoice.number.removeprefix(f"{home.code}-")
    match chance.choice(_FATES):
        case "card":
            pay(billing, home, invoice, name, DAYS[when])
        case "refunded":
            payment = pay(billing, home, invoice, name, DAYS[when])
            part = (line_of(billing, invoice), 1_000, chance.choice(_EFFECTS))
            credit = issue_credit(billing, home, name, invoice, later, "refund", [part])
            refund(billing, home, payment, name, credit.total_minor, later, credit)
        case "wire":
            pay(billing, home, invoice, name, later, by_card=False)
        case "part":
            pay(billing, home, invoice, name, later, allot(invoice.total_minor, 2, 5), by_card=False)
        case "credited":
            lines = billing.children(InvoiceLine, invoice.id)
            parts = [(line, allot(line.net_minor, 1, 4), chance.choice(_EFFECTS)) for line in lines]
            credit = issue_credit(billing, home, name, invoice, later, "ar_reduction", parts)
            apply(billing, credit, invoice, credit.total_minor, later)
        case "unpaid":
            trade.unpaid[home.code].append(invoice.id)
