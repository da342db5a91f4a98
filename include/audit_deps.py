"""Checks the locked dependencies without a network: each pinned to one version, installed as locked, and under which licence.

What only the world outside knows, it does not say: whether a version has a known weakness or was withdrawn since.
Standard library only; run by the Python whose packages are looked at:

    .tieout/venv/bin/python include/audit_deps.py requirements.txt .requirements.in
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from importlib.metadata import Distribution, distributions
from pathlib import Path

_PINNED = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[a-z0-9,_-]+\])?==(?P<version>[0-9][A-Za-z0-9.!+_-]*)")
_CHOSEN = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[a-z0-9,_-]+\])?(?:==(?P<version>\S+))?")
_HASH = "--hash=sha256:"
_COPYLEFT = re.compile(r"\b(A?GPL|General Public License)", re.IGNORECASE)
_LESSER = re.compile(r"LGPL|Lesser|Library General", re.IGNORECASE)
# What the environment itself is made with.
_TOOLS = frozenset({"pip", "setuptools", "wheel", "uv"})
_SHOWN = 12


def main(lock: Path, chosen: Path) -> int:
    """Print what was checked and what is wrong; the exit status says whether anything is."""
    pins, faults = read_lock(lock.read_text(encoding="utf-8"))
    faults += unlike_chosen(chosen.read_text(encoding="utf-8"), pins)
    installed = {normal(each.name): each for each in distributions()}
    faults += unlike_installed(pins, {name: each.version for name, each in installed.items()})
    hashes = lock.read_text(encoding="utf-8").count(_HASH)
    print(f"{lock}: {len(pins)} packages, each pinned to one version.")
    print(
        f"Hashes: {hashes or 'none'} in the lock{'' if hashes else '; a package is as trustworthy as where it is installed from'}."
    )
    unsaid, copyleft = licences(installed[name] for name in sorted(pins) if name in installed)
    print(
        f"Licences: {len(copyleft)} under a GPL or AGPL ({_some(copyleft)}), {len(unsaid)} do not say ({_some(unsaid)})."
    )
    print("Not checked here, for it takes the network: known weaknesses, and versions that were withdrawn.")
    for fault in faults:
        print(f"FAULT {fault}", file=sys.stderr)
    return 1 if faults else 0


def read_lock(text: str) -> tuple[dict[str, str], list[str]]:
    """Version by name of a lock, and what is wrong with its lines."""
    pins: dict[str, str] = {}
    faults = []
    for number, line in enumerate(text.splitlines(), 1):
        stated = line.split("#")[0].split(";")[0].strip().rstrip("\\").strip()
        if not stated or stated.startswith(_HASH):
            continue
        found = _PINNED.fullmatch(stated.split(_HASH)[0].strip())
        if found is None:
            faults.append(f"line {number}: `{stated}` is not pinned; write name==version.")
            continue
        name = normal(found["name"])
        if name in pins:
            faults.append(f"line {number}: {name} stands there twice; keep one.")
        pins[name] = found["version"]
    return pins, faults


def unlike_chosen(text: str, pins: dict[str, str]) -> list[str]:
    """Which of the dependencies that were chosen the lock does not have, or has in another version."""
    faults = []
    for line in text.splitlines():
        stated = line.split("#")[0].strip()
        if not stated:
            continue
        found = _CHOSEN.fullmatch(stated)
        if found is None:
            faults.append(f"`{stated}` of the list that was chosen cannot be read; write name or name==version.")
        elif (locked := pins.get(normal(found["name"]))) is None:
            faults.append(f"{found['name']} was chosen and is not in the lock; compile the lock anew.")
        elif found["version"] and found["version"] != locked:
            faults.append(
                f"{found['name']} was chosen as {found['version']} and is locked as {locked}; compile the lock anew."
            )
    return faults


def unlike_installed(pins: dict[str, str], installed: dict[str, str]) -> list[str]:
    """Where what is installed is not what is locked."""
    cure = "remove the environment, then make it anew"
    missing = [f"{name} {pins[name]} is locked and not installed; {cure}." for name in sorted(pins.keys() - installed)]
    other = [
        f"{name} is locked as {pins[name]} and installed as {installed[name]}; {cure}."
        for name in sorted(pins.keys() & installed)
        if pins[name] != installed[name]
    ]
    more = [f"{name} is installed and not locked; {cure}." for name in sorted(installed.keys() - pins - _TOOLS)]
    return missing + other + more


def licences(packages: Iterable[Distribution]) -> tuple[list[str], list[str]]:
    """Which packages say nothing of a licence, and which are under one that passes itself on."""
    unsaid, copyleft = [], []
    for package in packages:
        fields = (package.metadata.get_all(name) or [] for name in ("License-Expression", "License"))
        said = [each for field in fields for each in field]
        said += [each for each in package.metadata.get_all("Classifier") or [] if each.startswith("License ::")]
        text = " ".join(said).strip()
        if not text:
            unsaid.append(package.name)
        elif _COPYLEFT.search(text[:200]) and not _LESSER.search(text[:200]):
            copyleft.append(package.name)
    return unsaid, copyleft


def normal(name: str) -> str:
    """A package's name as all spell it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _some(names: list[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "") or "none"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
