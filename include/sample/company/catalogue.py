"""Who the sample company is and what it sells: legal entities with their taxes, and products."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from include.sample.company.billing import Billing
from include.sample.company.calendar import DAYS
from include.sample.company.rows import Contract, Customer, LegalEntity, Product

PLAN, ONBOARDING, USAGE = "PLAN-ANNUAL", "ONBOARDING", "USAGE-METERED"
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Tax:
    """One authority's rate, in millionths."""

    jurisdiction: str
    millionths: int

    @property
    def rate(self) -> Decimal:
        """The rate as the contract has it: 0.200000 is 20 %."""
        return Decimal(self.millionths).scaleb(-6)


@dataclass(frozen=True, slots=True)
class Home:
    """A legal entity of the sample company, where it is and what it charges."""

    code: str
    name: str
    country: str
    currency: str
    zone: ZoneInfo
    taxes: tuple[Tax, ...]

    @property
    def millionths(self) -> int:
        """All its taxes together."""
        return sum(tax.millionths for tax in self.taxes)

    def instant(self, day: date, at: time) -> datetime:
        """The moment at which its clocks show `day`, `at`."""
        return datetime.combine(day, at, tzinfo=self.zone)

    def day(self, instant: datetime) -> date:
        """The day on which an instant falls there."""
        return instant.astimezone(self.zone).date()


HOMES = {
    home.code: home
    for home in (
        Home(
            "US",
            "Tieout US Inc.",
            "US",
            "USD",
            ZoneInfo("America/New_York"),
            (Tax("US-NY", 40_000), Tax("US-NY-NYC", 48_750)),
        ),
        Home("UK", "Tieout UK Ltd", "GB", "GBP", ZoneInfo("Europe/London"), (Tax("GB", 200_000),)),
        Home("DE", "Tieout DE GmbH", "DE", "EUR", ZoneInfo("Europe/Berlin"), (Tax("DE", 190_000),)),
        Home("JP", "Tieout JP K.K.", "JP", "JPY", ZoneInfo("Asia/Tokyo"), (Tax("JP", 100_000),)),
    )
}
KNOWN_CURRENCIES = frozenset(home.currency for home in HOMES.values())

_PRODUCTS = (
    (PLAN, "Annual plan", "subscription", "ratable", "daily"),
    (ONBOARDING, "Onboarding", "services", "immediate", None),
    (USAGE, "Metered usage", "usage", "usage", None),
)


def allot(amount: int, numerator: int, denominator: int) -> int:
    """`amount` x numerator / denominator, rounded half away from zero; numerator and denominator are positive."""
    size = (2 * abs(amount) * numerator + denominator) // (2 * denominator)
    return size if amount >= 0 else -size


def tax_on(home: Home, base: int) -> int:
    """The tax to add to `base`."""
    return allot(base, home.millionths, _MILLION)


def tax_within(home: Home, gross: int) -> int:
    """The tax that is inside `gross`."""
    return allot(gross, home.millionths, _MILLION + home.millionths)


def open_business(billing: Billing) -> None:
    """Write the legal entities and the products."""
    for home in HOMES.values():
        billing.write(
            LegalEntity(
                id=entity_id(billing, home.code),
                code=home.code,
                name=home.name,
                country=home.country,
                base_currency=home.currency,
                time_zone=home.zone.key,
            )
        )
    for sku, name, line, treatment, method in _PRODUCTS:
        billing.write(
            Product(
                id=product_id(billing, sku),
                sku=sku,
                name=name,
                product_line=line,
                revenue_treatment=treatment,
                recognition_method=method,
            )
        )


def add_customer(billing: Billing, home: Home, name: str) -> Customer:
    """Write a customer of one legal entity, and its contract."""
    reference = f"{home.code}-{name}"
    customer = billing.write(
        Customer(
            id=billing.key(f"customer/{reference}"),
            external_id=reference,
            legal_entity_id=entity_id(billing, home.code),
            name=f"Customer {reference}",
            country=home.country,
            currency=home.currency,
        )
    )
    billing.write(
        Contract(
            id=contract_id(billing, customer),
            customer_id=customer.id,
            number=f"C-{reference}",
            start_date=DAYS[0],
            end_date=None,
            status="active",
        )
    )
    return customer


def entity_id(billing: Billing, code: str) -> UUID:
    """The id of a legal entity by its code."""
    return billing.key(f"legal_entity/{code}")


def contract_id(billing: Billing, customer: Customer) -> UUID:
    """The id of a customer's contract."""
    return billing.key(f"contract/{customer.external_id}")


def product_id(billing: Billing, sku: str) -> UUID:
    """The id of a product by its stock keeping unit."""
    return billing.key(f"product/{sku}")
