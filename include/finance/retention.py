"""Retention: for how long evidence is kept, and the legal holds that keep it longer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

YEARS = 10  # where nothing is said
EVERYTHING_IN_RUNS = 4  # of a weekly check: everything once a month


@dataclass(frozen=True, slots=True)
class LegalHold:
    """Nothing of a legal entity may go, however old it is: why, and since when."""

    reason: str
    since: date


@dataclass(frozen=True, slots=True)
class EntityRetention:
    """For how many years what a legal entity has booked is kept, and its legal hold, if there is one."""

    years: int = YEARS
    hold: LegalHold | None = None

    def kept_until(self, written_on: date) -> date:
        """The last day on which something written then is kept: years are counted from the end of its calendar year."""
        return date(written_on.year + self.years, 12, 31)


@dataclass(frozen=True, slots=True)
class RetentionSettings:
    """`retention.yaml`: the retention of each legal entity, and in how many runs `evidence_check` reads everything once."""

    entities: Mapping[str, EntityRetention] = field(default_factory=dict)
    everything_in_runs: int = EVERYTHING_IN_RUNS

    def of(self, legal_entity_code: str) -> EntityRetention:
        """The retention of a legal entity; of one that is not known (any more) the longest of all, and every hold."""
        return self.entities.get(legal_entity_code) or EntityRetention(self.longest_years, self.first_hold)

    @property
    def longest_years(self) -> int:
        """The longest retention of any legal entity: a file of evidence holds the documents of all of them."""
        return max((each.years for each in self.entities.values()), default=YEARS)

    @property
    def first_hold(self) -> LegalHold | None:
        """The oldest legal hold of any legal entity."""
        holds = (each.hold for each in self.entities.values() if each.hold)
        return min(holds, key=lambda hold: hold.since, default=None)
