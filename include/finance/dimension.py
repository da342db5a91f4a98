"""Where the dimensions of a subledger entry come from: kept from the document, fixed, or looked up in a mapping."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# The analysis tags that a journal line can carry.
DIMENSIONS: tuple[str, ...] = ("department", "region", "product_line")

# What a mapping may read beside the attributes of the event.
LINE_FIELDS: tuple[str, ...] = ("legal_entity", "department", "region")


@dataclass(frozen=True, slots=True)
class DimensionSource:
    """Where one dimension of a leg comes from: `keep` as on the document, a fixed `value` (None: empty), or a `mapping`."""

    is_kept: bool = False
    value: str | None = None
    mapping: str | None = None

    def content(self) -> list[object]:
        """What it says, for a hash."""
        return [self.is_kept, self.value, self.mapping]


KEEP = DimensionSource(is_kept=True)


@dataclass(frozen=True, slots=True)
class DimensionMapping:
    """A declared table from a field of the event to a dimension's value.

    A legal entity's own line comes before the common one. What neither lists becomes `default` (None: empty), or, with
    `must_map`, an exception on the document.
    """

    name: str
    source: str
    values: Mapping[str, str]
    own_values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    default: str | None = None
    must_map: bool = False

    def target(self, legal_entity_code: str, value: str | None) -> str | None:
        """The value of the dimension; None when it stays empty or must be mapped and is not."""
        known = {**self.values, **self.own_values.get(legal_entity_code, {})}
        return known.get(value, self.default) if value is not None else self.default

    def content(self) -> list[object]:
        """What it says, for a hash."""
        own = {code: dict(values) for code, values in self.own_values.items()}
        return [self.name, self.source, dict(self.values), own, self.default, self.must_map]
