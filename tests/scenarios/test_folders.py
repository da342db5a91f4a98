"""Every scenario, from rows in the billing database to balances in the real ERP, to the cent and both ways."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from tests.scenarios.outcome import Outcome
from tests.scenarios.scenario import Scenario, scenarios, worlds

Run = Callable[[Scenario], Outcome]


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda scenario: scenario.name)
def test_scenario(scenario: Scenario, outcome: Run) -> None:
    came = outcome(scenario)
    if refused := came.world.refused.get(scenario.name):
        pytest.fail(f"{scenario.name}/{refused}", pytrace=False)
    found = came.differences_of(scenario)
    if scenario.known_gap:
        assert found, f"{scenario.name} comes out now: remove the line '{scenario.known_gap}' from its policy.yaml"
        print(told(scenario, [scenario.known_gap, *found]))  # `pytest -rP` shows it
    elif found:
        pytest.fail(told(scenario, found), pytrace=False)


@pytest.mark.parametrize("together", worlds(), ids=lambda together: f"{together[0].name}_and_{len(together) - 1}_more")
def test_the_erp_holds_what_the_scenarios_of_its_nights_come_to_and_nothing_else(
    together: Sequence[Scenario], outcome: Run
) -> None:
    if found := outcome(together[0]).differences_in_erp():
        pytest.fail(told(together[0], found), pytrace=False)


def told(scenario: Scenario, found: Sequence[str]) -> str:
    return f"{scenario.name}: {scenario.policy.title}\n\n" + "\n\n".join(found)
