"""The table of cases in docs/reliability.md is the table of cases."""

from __future__ import annotations

import importlib
from pathlib import Path

from tests.chaos.cases import CASES


def test_every_case_stands_in_the_documentation() -> None:
    here = Path(__file__).parent
    for module in here.glob("test_*.py"):
        importlib.import_module(f"tests.chaos.{module.stem}")
    documented = (here.parents[1] / "docs" / "reliability.md").read_text(encoding="utf-8")
    assert {case.row for case in CASES} == {
        line for line in documented.splitlines() if line.endswith(("| test |", "| chaos |"))
    }
