"""The sample company: four legal entities, one billing database, two nights, and the answer that both must show.

    create_billing_schema(owner)            the contract's schema, and reading rights
    fill_night_one(owner, seed, size)       everything billing has before the first night
    with hold_late_transaction(owner):      a real transaction that stays open ...
        ...                                 ... while night one reads, and then commits
    apply_night_two(owner)                  a day of changes; before it the ERP closes CLOSED_BEFORE_NIGHT_TWO
    RATES_FILE                              its exchange rates
    write_answer(path)                      what each night must show, by arithmetic of its own

`size` 1 is 52 customers and 361 documents on night one; 50 is 2,404 customers. What stands for a case of its own (specials, bad
documents) is there once in any size. Each step happens once, however often it is called: `sample.applied` in the billing database remembers. The schema
and the filling are SQL of a real billing system; nothing here knows how Tieout reads or books.
"""

from __future__ import annotations

from pathlib import Path

from include.sample.company.answer import (
    Answer,
    DocumentNote,
    LedgerBalance,
    NightAnswer,
    OutcomeCount,
    write_answer_file,
)
from include.sample.company.calendar import CLOSED_BEFORE_NIGHT_TWO, NIGHTS, Night
from include.sample.company.clerk import work_out
from include.sample.company.rates import RATES_FILE
from include.sample.company.steps import (
    SEED,
    SampleOrderError,
    apply_night_two,
    create_billing_schema,
    fill_night_one,
    filled_size,
    hold_late_transaction,
)

__all__ = [
    "CLOSED_BEFORE_NIGHT_TWO",
    "NIGHTS",
    "RATES_FILE",
    "SEED",
    "Answer",
    "DocumentNote",
    "LedgerBalance",
    "Night",
    "NightAnswer",
    "OutcomeCount",
    "SampleOrderError",
    "answer",
    "apply_night_two",
    "create_billing_schema",
    "fill_night_one",
    "filled_size",
    "hold_late_transaction",
    "write_answer",
]


def answer(seed: int = SEED, size: int = 1) -> Answer:
    """What both nights must show for one seed and size, in plain integers, apart from the pipelines."""
    return work_out(seed, size)


def write_answer(path: Path, seed: int = SEED, size: int = 1) -> Answer:
    """Write the answer as JSON, and return it."""
    found = work_out(seed, size)
    write_answer_file(path, found)
    return found
