"""The runbook names every error that a person may read, and every exception that is not a document's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from include.config.load import load_configuration
from include.finance.errors import TieoutError
from include.finance.exception_rule import DOCUMENT_EXCEPTIONS
from include.finance.journal import EntryState, HeldReason

RUNBOOK = (Path(__file__).parents[2] / "docs/runbooks/nightly_posting.md").read_text(encoding="utf-8")


def errors(root: type[TieoutError] = TieoutError) -> Iterator[str]:
    for each in root.__subclasses__():
        if each.__module__ == "include.finance.errors":
            yield each.__name__
            yield from errors(each)


@pytest.mark.parametrize("name", sorted(set(errors())))
def test_every_error_has_a_cure_in_the_runbook(name: str) -> None:
    assert f"`{name}`" in RUNBOOK


@pytest.mark.parametrize("name", sorted(load_configuration().exception_rules.keys() - DOCUMENT_EXCEPTIONS))
def test_every_exception_that_is_no_document_s_has_a_line_in_the_runbook(name: str) -> None:
    assert f"`{name}`" in RUNBOOK


@pytest.mark.parametrize("state", [*EntryState, *HeldReason])
def test_every_state_of_an_entry_is_in_the_runbook(state: EntryState | HeldReason) -> None:
    assert f"`{state.value}`" in RUNBOOK
