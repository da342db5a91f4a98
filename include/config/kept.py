"""A configuration as it was: loaded again, or quoted, from the texts that a batch left in the finance database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from include.config.configuration import Configuration
from include.config.load import load_configuration
from include.finance.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class RuleQuote:
    """A posting rule as it stood: `where` is file and line, `text` its YAML."""

    rule_id: str
    where: str
    text: str


def load_kept(files: Mapping[str, str]) -> Configuration:
    """The configuration that these texts are. Raises ConfigurationError where today's checks refuse it."""
    with TemporaryDirectory(prefix="tieout-rules-") as folder:
        for name, text in files.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        return load_configuration(Path(folder))


def quote_rule(files: Mapping[str, str], rule_id: str) -> RuleQuote:
    """A posting rule as it stands in these texts. Raises ConfigurationError for a rule that they do not hold."""
    for name in sorted(name for name in files if name.startswith("posting_rules/")):
        lines = files[name].splitlines()
        for at, line in enumerate(lines):
            if line.split("#")[0].split() == ["-", "rule:", rule_id]:
                length = next((n for n, each in enumerate(lines[at + 1 :]) if each[:1] in ("-", "#")), len(lines))
                text = "\n".join(lines[at : at + 1 + length]).rstrip()
                return RuleQuote(rule_id, f"{name}:{at + 1}", text)
    raise ConfigurationError(f"Posting rule `{rule_id}` is in none of the files of this rule set; check its name.")
