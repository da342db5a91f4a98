"""The command line behind `make`: python -m include.commands COMMAND. One module per noun."""

from include.commands import (
    audit,
    configuration,
    database,
    entry,
    evidence_pack,
    explain,
    fx,
    ledger,
    night,
    rebuild,
    reclassify,
    recognition,
    report,
    revaluation,
    sample_company,
    tie_out,
    whatif,
)
from include.commands.terminal import cli

__all__ = [
    "audit",
    "cli",
    "configuration",
    "database",
    "entry",
    "evidence_pack",
    "explain",
    "fx",
    "ledger",
    "night",
    "rebuild",
    "reclassify",
    "recognition",
    "report",
    "revaluation",
    "sample_company",
    "tie_out",
    "whatif",
]
