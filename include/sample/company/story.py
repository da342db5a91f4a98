"""The sample company's story in four stages: what each writes, and how billing stands at either night."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from include.sample.company.bad_documents import write_bad_documents
from include.sample.company.billing import Billing, Change
from include.sample.company.calendar import LATE_AT, MEANWHILE_AT, NIGHT_ONE_AT, NIGHT_TWO_AT
from include.sample.company.catalogue import open_business
from include.sample.company.night_two import write_late, write_meanwhile, write_second_day
from include.sample.company.processor_documents import write_processor_documents
from include.sample.company.specials import open_desks, write_specials
from include.sample.company.trade import trade_before_night_one, trade_before_night_two


@dataclass(frozen=True, slots=True)
class Stage:
    """What one transaction writes, and how billing stands once it is committed (all earlier stages included)."""

    name: str
    changes: Sequence[Change]
    before: Billing
    after: Billing


@dataclass(frozen=True, slots=True)
class Story:
    """The stages in the order in which they are told; `late` is written before `meanwhile` and commits after it."""

    night_one: Stage
    meanwhile: Stage
    late: Stage
    night_two: Stage


@cache
def tell_story(seed: int, size: int) -> Story:
    """Make the whole story up: the same for one seed and size, whenever it is asked."""
    billing = Billing(seed)
    empty = billing.snapshot()
    billing.begin(NIGHT_ONE_AT)
    open_business(billing)
    trade = trade_before_night_one(billing, size)
    desks = open_desks(billing)
    write_specials(desks)
    write_processor_documents(desks)
    write_bad_documents(desks)
    night_one = Stage("night_one", billing.changes(), empty, billing.snapshot())
    billing.begin(MEANWHILE_AT)
    write_meanwhile(desks)
    meanwhile = Stage("meanwhile", billing.changes(), night_one.after, billing.snapshot())
    billing.begin(LATE_AT)
    write_late(desks)
    late = Stage("late", billing.changes(), meanwhile.after, billing.snapshot())
    billing.begin(NIGHT_TWO_AT)
    write_second_day(desks)
    trade_before_night_two(billing, size, trade)
    night_two = Stage("night_two", billing.changes(), late.after, billing.snapshot())
    return Story(night_one, meanwhile, late, night_two)
