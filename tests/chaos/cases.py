"""The cases of the chaos suite: each is one disturbance at one moment, with a sentence for a name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

CASES: list[Case] = []


@dataclass(frozen=True)
class Case:
    """One case: its name, what is disturbed, and when. `is_always`: it runs with `make test`, not only `make chaos`."""

    name: str
    disturbed: str
    when: str
    is_always: bool = False
    given: dict[str, Any] = field(default_factory=dict)

    @property
    def test_id(self) -> str:
        """Its name as pytest shows it."""
        return self.name.replace(" ", "_")

    @property
    def row(self) -> str:
        """Its line in the table."""
        return f"| {self.name} | {self.disturbed} | {self.when} | {'test' if self.is_always else 'chaos'} |"


def each(*cases: Case) -> Callable[..., Any]:
    """Run a test once per case; what does not run with `make test` carries the marker `chaos`."""
    CASES.extend(cases)
    marks = {case.name: () if case.is_always else (pytest.mark.chaos,) for case in cases}
    return pytest.mark.parametrize(
        "case", [pytest.param(case, id=case.test_id, marks=marks[case.name]) for case in cases]
    )
