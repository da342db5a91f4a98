"""Planning a night: the read instant, and who takes part."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from include.finance.errors import ReadInstantError, UnknownNameError
from include.pipelines.plan import Night, NightRequest, plan_night
from include.store.database import FinanceDatabase

DUE = datetime(2026, 2, 1, 6, tzinfo=UTC)


def plan(finance: FinanceDatabase, request: NightRequest, due: datetime = DUE) -> Night:
    return plan_night(finance, request, due, sources={"billing", "shop"}, legal_entities={"US", "DE"})


def test_without_a_choice_everybody_takes_part_at_the_instant_the_run_was_due(finance: FinanceDatabase) -> None:
    assert plan(finance, NightRequest()) == Night(
        DUE, is_dry_run=False, is_full=False, sources=("billing", "shop"), legal_entities=("DE", "US")
    )


def test_a_choice_holds(finance: FinanceDatabase) -> None:
    night = plan(finance, NightRequest(sources=("shop",), legal_entities=("US", "US")))
    assert (night.sources, night.legal_entities) == (("shop",), ("US",))


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        (NightRequest(sources=("shpo",)), "no source shpo; sources.yaml has billing, shop"),
        (NightRequest(legal_entities=("US", "FR")), "no legal entity FR; legal_entities.yaml has DE, US"),
    ],
)
def test_a_choice_that_is_not_configured_is_named(finance: FinanceDatabase, request_: NightRequest, told: str) -> None:
    with pytest.raises(UnknownNameError, match=told):
        plan(finance, request_)


@pytest.mark.parametrize(
    ("as_of", "told"),
    [
        ("yesterday", "is no instant"),
        ("2026-02-01T06:00:00", "no time zone"),
        ("2126-02-01T06:00:00Z", "in the future"),
    ],
)
def test_an_instant_that_cannot_be_used_is_refused(finance: FinanceDatabase, as_of: str, told: str) -> None:
    with pytest.raises(ReadInstantError, match=told):
        plan(finance, NightRequest(as_of=as_of))


def test_an_instant_before_a_committed_night_needs_a_reason(finance: FinanceDatabase) -> None:
    with finance.transaction() as connection:
        connection.execute("insert into source_stream (source_code, read_instant) values ('shop', %s)", (DUE,))
    earlier = (DUE - timedelta(days=1)).isoformat()
    with pytest.raises(ReadInstantError, match="source shop has committed already"):
        plan(finance, NightRequest(as_of=earlier))
    assert plan(finance, NightRequest(as_of=earlier, reason="post again")).read_instant < DUE
    # A source that was not chosen has no say.
    assert plan(finance, NightRequest(as_of=earlier, sources=("billing",))).sources == ("billing",)
