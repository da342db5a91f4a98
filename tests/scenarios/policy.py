"""The configuration of a scenario: the shipped one with what its policy.yaml decides otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from include.config.configuration import Configuration
from include.config.folder import PACKAGE_FOLDER
from include.config.load import load_configuration
from include.config.overlay import load_changed
from tests.scenarios.scenario import Scenario


def configured(scenario: Scenario) -> Configuration:
    """The shipped configuration with a scenario's own settings. A legal entity that is not shipped is one like US."""
    policy = scenario.policy
    changes: dict[str, Any] = {"legal_entities": policy.legal_entities, "fx": policy.fx}
    changes["chart_of_accounts"] = policy.chart_of_accounts
    if not any(changes.values()):
        return load_configuration(PACKAGE_FOLDER)
    shipped = {name: _shipped(f"{name}.yaml") for name in ("legal_entities", "fx", "erps")}
    new = policy.legal_entities.keys() - shipped["legal_entities"].keys()
    for code in new:
        shipped["legal_entities"][code] = deepcopy(shipped["legal_entities"]["US"])
        shipped["erps"]["tryton"]["companies"][code] = policy.legal_entities[code]["name"]
    with TemporaryDirectory(prefix="scenario-") as scratch:
        folder = Path(scratch)
        for name, content in shipped.items():
            _write(folder / f"{name}.yaml", merged(content, changes.get(name, {})))
        charts = folder / "chart_of_accounts"
        charts.mkdir()
        for path in (PACKAGE_FOLDER / "chart_of_accounts").glob("*.yaml"):
            chart = merged(_shipped(f"chart_of_accounts/{path.name}"), policy.chart_of_accounts.get(path.stem, {}))
            _write(charts / path.name, chart)
        return load_changed(folder, PACKAGE_FOLDER)


def merged(given: Any, change: Any) -> Any:
    """A mapping with another laid over it, however deep."""
    if not (isinstance(given, dict) and isinstance(change, dict)):
        return change
    return given | {key: merged(given.get(key), value) for key, value in change.items()}


def _shipped(name: str) -> Any:
    return yaml.safe_load((PACKAGE_FOLDER / name).read_text(encoding="utf-8"))


def _write(path: Path, content: Any) -> None:
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def companies_wanted(scenarios: Iterable[Scenario]) -> dict[str, tuple[str, str]]:
    """Name and currency of the legal entities that scenarios add to those shipped."""
    shipped = _shipped("legal_entities.yaml")
    return {
        code: (settings["name"], settings["functional_currency"])
        for scenario in scenarios
        for code, settings in scenario.policy.legal_entities.items()
        if code not in shipped
    }
