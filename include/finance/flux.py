"""Flux: why the figures of a period are not those of the one before, account by account, split exactly into causes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

EXCHANGE, LATE, RULES = "exchange", "late arrivals", "rule changes"
FIXED_CAUSES = (EXCHANGE, LATE, RULES)


@dataclass(frozen=True, slots=True)
class Turnover:
    """What entries of one kind moved on an account, in minor units, debit positive.

    `category` is that of the journal; `is_rule_change`: documents that were booked anew after a rule was corrected.
    """

    account_code: str
    currency: str
    category: str
    is_rule_change: bool
    amount_minor: int
    functional_minor: int


@dataclass(frozen=True, slots=True)
class Flux:
    """How an account changed, in minor units of the books' own currency, debit positive.

    Of a balance-sheet account the two figures are its balances at the end of both periods; of income and expenses what was booked in each.
    """

    account_code: str
    is_of_statement: bool
    before_minor: int
    now_minor: int
    causes: tuple[tuple[str, int], ...]

    @property
    def change_minor(self) -> int:
        """This period's figure less that of the period before."""
        return self.now_minor - self.before_minor

    @property
    def unexplained_minor(self) -> int:
        """The change less its causes: nothing, or something to be looked for."""
        return self.change_minor - sum(minor for _, minor in self.causes)


def explain_change(
    account_code: str,
    figures: tuple[int, int],
    before: Iterable[Turnover],
    now: Iterable[Turnover],
    *,
    is_of_statement: bool,
) -> Flux:
    """Split the change of an account, given by its figures before and now, into what moved it.

    A balance is changed by what is booked in the period, income and expenses by what is booked more than before. Every amount is
    counted once: late arrivals and rule changes as they are; what has no amount in the currency of documents is exchange; the rest is
    volume, by journal category. Of income and expenses in another currency, volume is the change at the rate of the period before, and
    the rest exchange.
    """
    earlier = list(before) if is_of_statement else []
    causes: dict[str, int] = {}
    volumes: dict[tuple[str, str], tuple[int, int, int, int]] = {}
    for sign, turnovers in ((-1, earlier), (1, list(now))):
        for each in turnovers:
            if cause := _fixed_cause(each):
                causes[cause] = causes.get(cause, 0) + sign * each.functional_minor
            else:
                was_amount, was, amount, worth = volumes.get((each.category, each.currency), (0, 0, 0, 0))
                moved = each.amount_minor, each.functional_minor
                volumes[each.category, each.currency] = (
                    (was_amount, was, amount + moved[0], worth + moved[1])
                    if sign > 0
                    else (was_amount + moved[0], was + moved[1], amount, worth)
                )
    for (category, _), sums in volumes.items():
        at_old_rate = _at_old_rate(*sums) if is_of_statement else sums[3]
        causes[category] = causes.get(category, 0) + at_old_rate - sums[1]
        causes[EXCHANGE] = causes.get(EXCHANGE, 0) + sums[3] - at_old_rate
    kept = tuple((cause, minor) for cause, minor in sorted(causes.items()) if minor)
    return Flux(account_code, is_of_statement, *figures, kept)


def all_causes(rows: Iterable[Flux]) -> tuple[str, ...]:
    """Every cause in use: volumes by category, then exchange, late arrivals and rule changes."""
    used = {cause for row in rows for cause, _ in row.causes}
    return (*sorted(used - {*FIXED_CAUSES}), *FIXED_CAUSES)


def by_cause(row: Flux) -> Mapping[str, int]:
    """The causes of a row by name."""
    return dict(row.causes)


def _fixed_cause(each: Turnover) -> str | None:
    if each.is_rule_change:
        return RULES
    if each.category == "late":
        return LATE
    return EXCHANGE if each.category == "revaluation" or not each.amount_minor else None


def _at_old_rate(was_amount: int, was: int, amount: int, worth: int) -> int:
    """This period's amount at the rate of the period before, rounded half away from zero; as it is where there was no rate."""
    if was_amount * was <= 0:
        return worth
    quotient, remainder = divmod(abs(amount * was), abs(was_amount))
    return (quotient + (2 * remainder >= abs(was_amount))) * (1 if amount >= 0 else -1)
