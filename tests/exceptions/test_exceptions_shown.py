"""What `make exceptions` prints."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from include.commands import exceptions as shown
from include.pipelines.exceptions_desk import Word, sort_desk
from include.store.exceptions_desk import Asked, read_exceptions, read_groups, read_history
from tests.exceptions.conftest import SHIPPED, Desk


def test_groups_each_exception_and_its_history_are_readable(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.found(count=2, minor=142651)
    sort_desk(desk.finance, SHIPPED)
    desk.say(Word.ACKNOWLEDGE, "anna", reason="asked [treasury]")
    printed = StringIO()
    monkeypatch.setattr(shown, "console", Console(file=printed, width=300))
    shown.console.print(shown._groups_table(read_groups(desk.finance, Asked())))
    shown._print_each(read_exceptions(desk.finance, Asked()))
    (first, _) = desk.rows()
    shown._print_history(read_history(desk.finance, str(first["id"])), str(first["id"]))
    text = printed.getvalue()
    assert "2,853.02 USD" in text
    assert "2 exceptions of 1 causes" in text
    assert text.count("1,426.51 USD at risk") == 2
    assert text.count("anna: asked [treasury]") == 2
    assert "acknowledged, anna" not in text.splitlines()[0]
    assert "word acknowledged" in text
