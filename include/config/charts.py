"""Reading `chart_of_accounts/`: one file per chart; a chart may extend another and state only what differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from include.config.findings import Findings, one_of
from include.config.placed_accounts import check_placed, read_placed
from include.config.shapes import AccountShape, ChartShape
from include.config.validate import entries_of
from include.config.yaml_file import YamlFile
from include.finance.chart import Account, AccountType, Chart, PlacedAccount


@dataclass(frozen=True, slots=True)
class _ChartFile:
    """A chart as its file states it, before the chart it extends is laid under it."""

    file: YamlFile
    extends: str | None
    accounts: dict[str, AccountShape]
    roles: dict[str, str | tuple[PlacedAccount, ...]]


def read_charts(files: Mapping[str, YamlFile], findings: Findings) -> dict[str, Chart]:
    """The charts by name, each with what it takes over from the chart it extends."""
    for file in files.values():
        if file.content is not None and not isinstance(file.content, dict):
            findings.add(file.name, 1, "a chart is expected here, with `accounts` and `roles`.")
    parts = {name: _read_part(file, findings) for name, file in files.items() if isinstance(file.content, dict)}
    charts: dict[str, Chart] = {}
    for name, part in parts.items():
        layers = _layers(name, parts, findings)
        if layers:
            charts[name] = _combined(name, part.file, layers, findings)
    return charts


def _read_part(file: YamlFile, findings: Findings) -> _ChartFile:
    content = file.content if isinstance(file.content, dict) else {}
    known = set(ChartShape.model_fields)
    for key in content.keys() - known:
        findings.add(file.name, file.line_of((key,)), f"the key `{key}` is unknown; {one_of(key, known)}")
    extends, roles = content.get("extends"), content.get("roles") or {}
    if extends is not None and not isinstance(extends, str):
        findings.add(file.name, file.line_of(("extends",)), "`extends` is expected to be the name of another chart.")
        extends = None
    accounts = {code: shape for code, _, shape in entries_of(file, AccountShape, findings, under="accounts")}
    return _ChartFile(file, extends, accounts, _read_roles(file, roles, findings))


def _read_roles(file: YamlFile, roles: object, findings: Findings) -> dict[str, str | tuple[PlacedAccount, ...]]:
    if not isinstance(roles, dict):
        findings.add(file.name, file.line_of(("roles",)), "a list of roles with their account is expected here.")
        return {}
    read: dict[str, str | tuple[PlacedAccount, ...]] = {}
    for role, told in roles.items():
        if isinstance(told, list):
            read[role] = read_placed(file, role, told, findings)
        elif isinstance(told, str):
            read[role] = told
        else:
            text = f'the account of role `{role}` is {told!r}, but text is expected; write it in quotes: "{told}".'
            findings.add(file.name, file.line_of(("roles", role)), text)
    return read


def _layers(name: str, parts: Mapping[str, _ChartFile], findings: Findings) -> list[_ChartFile]:
    """The chart and those it extends, the lowest first; empty after a finding."""
    layers: list[_ChartFile] = []
    seen: list[str] = []
    current: str | None = name
    while current is not None:
        if current in seen or current not in parts:
            below = layers[0].file
            fact = "extends itself" if current in seen else f"extends `{current}`, which does not exist"
            findings.add(
                below.name,
                below.line_of(("extends",)),
                f"this chart {fact}; {one_of(current, parts.keys() - set(seen))}",
            )
            return []
        seen.append(current)
        layers.insert(0, parts[current])
        current = parts[current].extends
    return layers


def _combined(name: str, file: YamlFile, layers: list[_ChartFile], findings: Findings) -> Chart:
    stated: dict[str, dict[str, str]] = {}
    roles: dict[str, str | tuple[PlacedAccount, ...]] = {}
    for layer in layers:
        roles |= layer.roles
        for code, shape in layer.accounts.items():
            stated[code] = stated.get(code, {}) | shape.model_dump(exclude_none=True)
    accounts: dict[str, Account] = {}
    for code, facts in stated.items():
        missing = {"name", "type", "posted_by"} - facts.keys()
        if missing:
            text = f"account {code} has no {' and no '.join(sorted(missing))}; add it."
            findings.add(file.name, file.line_of(("accounts", code)), text)
        else:
            is_exclusive = facts["posted_by"] == "exclusive"
            accounts[code] = Account(code, facts["name"], AccountType(facts["type"]), is_exclusive, facts.get("party"))
    single = {role: told for role, told in roles.items() if isinstance(told, str)}
    placed = {role: told for role, told in roles.items() if not isinstance(told, str)}
    for role, code in single.items():
        if code not in stated:
            text = f"role `{role}` names account {code}, which chart `{name}` does not have; {one_of(code, stated)}"
            findings.add(file.name, file.line_of(("roles", role)), text)
    check_placed(name, file, placed, stated, findings)
    return Chart(name, accounts, single, placed)
