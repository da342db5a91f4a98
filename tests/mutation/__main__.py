"""Break each shipped posting rule in every way that a hand slips, and show that it is noticed: `make mutate`.

A mutant that the load refuses can never reach a night. Every other one must fail a test of the quick selection. Each is
tried in a process of its own, forked after the libraries are in memory, with its rules as the configuration in use.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import hypothesis  # noqa: F401  (in memory before the fork)
import pytest
from rich.console import Console
from rich.table import Table

from include.config.folder import PACKAGE_FOLDER
from include.config.load import load_configuration
from include.finance.errors import ConfigurationError
from tests.mutation.mutants import Mutant, mutants

SELECTION = ("tests/unit/finance/test_shipped_rules.py",)
REFUSED, CAUGHT, SURVIVED = "refused at load", "caught by a test", "survived"
KINDS = ("swap side", "drop lines", "change role", "change component", "shift date")


def fate_of(mutant: Mutant, folder: Path) -> str:
    """What becomes of a mutant in a copy of the configuration."""
    path = folder / mutant.file
    sound = path.read_text(encoding="utf-8")
    path.write_text(mutant.text, encoding="utf-8")
    try:
        load_configuration(folder)
        return CAUGHT if _fails(folder) else SURVIVED
    except ConfigurationError:
        return REFUSED
    finally:
        path.write_text(sound, encoding="utf-8")


def _fails(folder: Path) -> bool:
    """Whether the selection fails under the configuration of a folder."""
    child = os.fork()
    if child == 0:
        os.environ["TIEOUT_CONFIG"] = str(folder)
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        code = pytest.main(["-x", "-q", "-n0", "-p", "no:cacheprovider", *SELECTION])
        os._exit({pytest.ExitCode.OK: 0, pytest.ExitCode.TESTS_FAILED: 1}.get(pytest.ExitCode(code), 2))
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code not in (0, 1):
        raise RuntimeError(
            f"The selection could not be run (exit {code}); run it by itself: pytest {' '.join(SELECTION)}"
        )
    return code == 1


def main() -> None:
    """Try every mutant and print a row per rule; exit 1 when one survives."""
    console = Console(width=120)
    with TemporaryDirectory(prefix="tieout-mutants-") as scratch:
        folder = Path(scratch) / "config"
        shutil.copytree(PACKAGE_FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
        if _fails(folder):
            raise RuntimeError("The selection fails without any mutant; mend it first.")
        fates = [(mutant, fate_of(mutant, folder)) for mutant in mutants()]
    console.print(_table(fates))
    survivors = [mutant for mutant, fate in fates if fate == SURVIVED]
    for mutant in survivors:
        console.print(f"survived: rule {mutant.rule_id}, {mutant.kind}: {mutant.change}", style="red")
    found = Counter(fate for _, fate in fates)
    console.print(
        f"{len(fates)} mutants: {found[REFUSED]} refused at load, {found[CAUGHT]} caught by a test, {len(survivors)} survived."
    )
    sys.exit(1 if survivors else 0)


def _table(fates: list[tuple[Mutant, str]]) -> Table:
    """A row per rule: how many mutants of each kind, and how many of them lived."""
    table = Table("rule", *KINDS, REFUSED, CAUGHT, SURVIVED)
    for rule_id in dict.fromkeys(mutant.rule_id for mutant, _ in fates):
        own = [(mutant, fate) for mutant, fate in fates if mutant.rule_id == rule_id]
        kinds, ends = Counter(mutant.kind for mutant, _ in own), Counter(fate for _, fate in own)
        table.add_row(
            rule_id, *(str(kinds[kind]) for kind in KINDS), *(str(ends[end]) for end in (REFUSED, CAUGHT, SURVIVED))
        )
    return table


if __name__ == "__main__":
    main()
