"""The holidays of a country or a market, from the `holidays` library, with what a company adds and takes away."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from include.config.findings import one_of
from include.finance.errors import ConfigurationError

if TYPE_CHECKING:
    from holidays import HolidayBase


@dataclass(frozen=True, slots=True)
class PublicHolidays:
    """Holidays of a `country` (and its `subdivision`) or of a financial `market`, by the library's codes; None: of neither.

    `also` are holidays besides, `working` days that are none here. `where` is the file and line, for messages.
    """

    country: str | None = None
    subdivision: str | None = None
    market: str | None = None
    also: frozenset[date] = frozenset()
    working: frozenset[date] = frozenset()
    where: str = field(default="close_calendars/", compare=False)

    def is_holiday(self, day: date) -> bool:
        """Whether a day is a holiday. Raises ConfigurationError for a country, subdivision or market that is not known."""
        if day in self.working:
            return False
        return day in self.also or (bool(self.country or self.market) and day in self._known())

    def check(self) -> None:
        """Raise ConfigurationError for a country, subdivision or market that is not known."""
        if self.country or self.market:
            self._known()

    def _known(self) -> HolidayBase:
        try:
            return _library(self.country, self.subdivision, self.market)
        except NotImplementedError:
            raise ConfigurationError(f"{self.where}: {self._fault()}") from None

    def _fault(self) -> str:
        import holidays  # noqa: PLC0415 - as in _library

        if self.market:
            return f"market `{self.market}` is unknown; {one_of(self.market, holidays.list_supported_financial())}"
        countries = holidays.list_supported_countries()
        if self.country not in countries:
            return f"country `{self.country}` is unknown; write its code of two letters (ISO 3166), as GB."
        return f"country {self.country} has no subdivision `{self.subdivision}`; {one_of(self.subdivision or '', countries[self.country])}"


@cache
def _library(country: str | None, subdivision: str | None, market: str | None) -> HolidayBase:
    # Only here, because it takes most of a second, and every task and every reading of a DAG loads the configuration.
    import holidays  # noqa: PLC0415

    if market:
        return holidays.financial_holidays(market)
    return holidays.country_holidays(country or "", subdiv=subdivision)
