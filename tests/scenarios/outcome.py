"""What came of the nights of a world, read once from the ERP and from the evidence behind it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from include.finance.money import format_minor
from tests.scenarios.differences import Cells, add_up, expected_cells, table_of
from tests.scenarios.scenario import Scenario
from tests.scenarios.world import World


@dataclass(frozen=True)
class Outcome:
    """Amounts are net minor units. `subledger` and `exceptions` are by scenario."""

    world: World
    faults: Sequence[str]
    posted: Cells
    balances: Mapping[tuple[str, str], int]
    subledger: Mapping[str, Cells]
    exceptions: Mapping[str, Sequence[str]]
    held: AbstractSet[str]

    @classmethod
    def of(cls, world: World) -> Outcome:
        """Run a world's nights and look."""
        faults = world.run()
        return cls(
            world,
            faults,
            world.posted(),
            world.balances(),
            world.behind_posted(),
            world.exceptions(),
            world.held(),
        )

    def differences_of(self, scenario: Scenario) -> list[str]:
        """What came out otherwise than one scenario expects, in words and tables. Of its own documents only."""
        found = list(self.faults)
        expected = expected_cells(scenario.expected)
        if table := table_of(expected, self.subledger.get(scenario.name, {}), self._currencies):
            found.append(f"What its documents came to in the ERP is otherwise than expected:\n{table}")
        exceptions = list(self.exceptions.get(scenario.name, []))
        if exceptions != sorted(scenario.policy.exceptions):
            found.append(f"Open exceptions: {exceptions}, expected {sorted(scenario.policy.exceptions)}")
        return found

    def differences_in_erp(self) -> list[str]:
        """What the ERP itself says otherwise than all scenarios of this world together.

        One with a known gap, or whose rows were refused, counts with what it came to instead of what it should have.
        """
        found = list(self.faults)
        if table := table_of(self._everything, self.posted, self._currencies):
            found.append(f"The ERP has other entries than expected:\n{table}")
        found += self._balances_differing()
        waiting = {reason for scenario in self.world.scenarios for reason in scenario.policy.held}
        if waiting != self.held:
            found.append(f"Entries wait for {sorted(self.held)}, expected {sorted(waiting)}")
        if strange := self.exceptions.get(""):
            found.append(f"Open exceptions that are of no document: {strange}")
        return found

    @property
    def _everything(self) -> Cells:
        return add_up(
            (cell._replace(document_date=""), worth)
            for scenario in self.world.scenarios
            for cell, worth in self._counted(scenario).items()
        )

    def _counted(self, scenario: Scenario) -> Cells:
        is_known_to_differ = scenario.known_gap or scenario.name in self.world.refused
        return self.subledger.get(scenario.name, {}) if is_known_to_differ else expected_cells(scenario.expected)

    def _balances_differing(self) -> list[str]:
        totals = Counter({(row.legal_entity, row.account): 0 for row in self.world.expected})
        for cell, worth in self._everything.items():
            totals[cell.legal_entity, cell.account] += worth.functional
        for row in self.world.expected:
            if row.source:
                totals[row.legal_entity, row.account] += row.functional_minor
        return [
            f"Balance of {entity} {account} in the ERP: {self._shown(entity, self.balances.get((entity, account), 0))}, "
            f"expected {self._shown(entity, totals[entity, account])}"
            for entity, account in sorted(totals.keys() | self.balances.keys())
            if totals[entity, account] != self.balances.get((entity, account), 0)
        ]

    def _shown(self, entity: str, minor: int) -> str:
        currency = self.world.entities[entity].functional_currency
        return f"{format_minor(minor, currency.exponent)} {currency.code}"

    @property
    def _currencies(self) -> dict[str, str]:
        return {code: entity.functional_currency.code for code, entity in self.world.entities.items()}
