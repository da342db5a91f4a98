"""Which combinations of attributes an event can have: what posting rules must cover, and what they need not.

What is listed as impossible is kept out before events are made: such documents are excluded or quarantined. If one came
through all the same, it would be the exception `no_posting_rule`, never a guess.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from include.finance.events import ATTRIBUTE_VALUES, EventType
from include.finance.posting_rule import Condition

ANY_OTHER = "any other"  # stands for every value of a free text that no rule names

# Attributes that a document may leave empty; every other one is always filled.
OPTIONAL: frozenset[str] = frozenset(
    {"revenue_treatment", "product_line", "processor", "processor_account", "bank_account_ref", "sister"}
)

# Free texts of which each value in use must be named by a rule: any other one waits for a person, and needs none.
MUST_BE_NAMED: frozenset[str] = frozenset({"fee_kind"})


@dataclass(frozen=True, slots=True)
class Impossible:
    """A combination that events of one document type, or those of them that are named, never have, and what keeps it away."""

    document_type: str
    when: Mapping[str, Condition]
    because: str
    events: frozenset[str] | None = None

    def concerns(self, event: EventType) -> bool:
        """Whether it says something of this kind of event."""
        return self.document_type == event.document_type and (self.events is None or event.name in self.events)


IMPOSSIBLE: tuple[Impossible, ...] = (
    Impossible(
        "invoice",
        {"revenue_treatment": Condition.present(is_present=False), "line_kind": Condition.none_of("rounding")},
        "a line without a known product is quarantined, unless it is a rounding line",
    ),
    Impossible(
        "credit_memo",
        {"revenue_treatment": Condition.present(is_present=False)},
        "a line without a known product is quarantined",
    ),
    Impossible(
        "credit_memo",
        {"portion": Condition.one_of("unapplied", "open")},
        "a credit memo takes back what was billed; only a lost payment can have been unapplied",
    ),
    Impossible(
        "invoice",
        {"portion": Condition.one_of("unapplied", "open")},
        "a write-off takes what was billed; only a lost payment can have been unapplied",
        frozenset({"invoice.written_off", "invoice.recovered"}),
    ),
    Impossible(
        "invoice",
        {"portion": Condition.none_of("unapplied", "open")},
        "what is left after full credit is left of the receivable, or of a credit memo",
        frozenset({"small_balance.written_off"}),
    ),
    Impossible(
        "dispute",
        {"portion": Condition.one_of("open")},
        "a dispute loses what was paid, not what is owed",
    ),
    Impossible(
        "dispute",
        {"portion": Condition.one_of("unapplied"), "sister": Condition.present()},
        "what a payment left unapplied is with the entity that collected it",
    ),
    Impossible(
        "dispute",
        {"portion": Condition.one_of("unapplied"), "sister": Condition.present(is_present=False)},
        "a sister entity bears what was applied to its invoices",
    ),
    Impossible(
        "payment",
        {"settles": Condition.one_of("exchanged"), "settled_by": Condition.none_of("cash")},
        "what settles an invoice in another currency without cash does so in that currency",
    ),
    Impossible(
        "payment",
        {"channel": Condition.one_of("direct", "bank"), "processor": Condition.present()},
        "the channel is the processor's where there is one",
    ),
    Impossible(
        "payment",
        {"channel": Condition.one_of("processor"), "processor": Condition.present(is_present=False)},
        "the channel is direct where there is no processor",
    ),
)


def values_that_occur(attribute: str, named: frozenset[str]) -> list[str | None]:
    """The values that an attribute can have: those of its list, or those that rules name and any other; None for absent."""
    listed = ATTRIBUTE_VALUES[attribute]
    values: list[str | None] = list(listed) if listed is not None else [*sorted(named)]
    if listed is None and attribute not in MUST_BE_NAMED:
        values.append(ANY_OTHER)
    return [*values, None] if attribute in OPTIONAL else values
