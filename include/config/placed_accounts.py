"""Reading the roles of a chart that have several accounts: which of them is for which money."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations

from include.config.currencies import CURRENCIES
from include.config.findings import Findings, one_of
from include.config.shapes import PlacedAccountShape
from include.config.validate import checked_shape
from include.config.yaml_file import YamlFile
from include.finance.chart import PLACED_ROLES, PlacedAccount


def read_placed(file: YamlFile, role: str, told: Sequence[object], findings: Findings) -> tuple[PlacedAccount, ...]:
    """The accounts of one role in the order of the file. What does not fit, or leaves open which of two it is, is a finding."""
    line = file.line_of(("roles", role))
    if role not in PLACED_ROLES:
        fact = f"role `{role}` has a list of accounts, and nothing tells which of them money of it is on"
        findings.add(file.name, line, f"{fact}; give it one account. A list is for: {', '.join(PLACED_ROLES)}.")
        return ()
    if not told:
        findings.add(file.name, line, f"role `{role}` has no account; add one, or a list of them.")
    read: dict[int, PlacedAccount] = {}
    for index, each in enumerate(told):
        path = ("roles", role, index)
        shape = checked_shape(file, path, each, PlacedAccountShape, findings)
        if shape is None:
            continue
        facts = shape.model_dump(exclude_none=True, exclude={"account"})
        for text in _faults(role, facts):
            findings.add(file.name, file.line_of((*path, "account")), f"role `{role}`, account {shape.account}: {text}")
        read[index] = PlacedAccount(shape.account, **facts)
    for (_, first), (index, second) in combinations(read.items(), 2):
        if first.overlaps(second):
            fact = f"role `{role}`: accounts {first.code} and {second.code} would both be for some money"
            cure = "give both the same keys with different values, so that one of them at most fits."
            findings.add(file.name, file.line_of(("roles", role, index, "account")), f"{fact}; {cure}")
    return tuple(read.values())


def _faults(role: str, facts: Mapping[str, str]) -> Iterator[str]:
    known = PLACED_ROLES[role]
    if not facts:
        yield f"say which money it is for: {', '.join(known)}; or give the role one account."
    for name in facts.keys() - set(known):
        yield f"`{name}` does not tell money of this role apart; {one_of(name, known)}"
    if (currency := facts.get("currency")) is not None and currency not in CURRENCIES:
        yield f"`{currency}` is no currency of ISO 4217; {one_of(currency, CURRENCIES)}"


def check_placed(
    chart: str,
    file: YamlFile,
    placed: Mapping[str, Sequence[PlacedAccount]],
    accounts: Collection[str],
    findings: Findings,
) -> None:
    """Every account that a list names is one of the chart."""
    for role, several in placed.items():
        for index, each in enumerate(several):
            if each.code not in accounts:
                fact = f"role `{role}` names account {each.code}, which chart `{chart}` does not have"
                line = file.line_of(("roles", role, index, "account"))
                findings.add(file.name, line, f"{fact}; {one_of(each.code, accounts)}")
