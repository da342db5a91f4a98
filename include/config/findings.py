"""What is wrong in the configuration files, gathered so that one load reports all of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches

from include.finance.errors import ConfigurationError

# A cure does not list more names than a person would read.
LONG_LIST = 40


@dataclass(slots=True)
class Findings:
    """A list of faults, each with file, line, fact and cure."""

    found: list[tuple[str, int, str]] = field(default_factory=list)

    def add(self, file: str, line: int, text: str) -> None:
        """Note a fault at a line of a file."""
        self.found.append((file, line, text))

    def add_at(self, where: str, text: str) -> None:
        """Note a fault at `file:line`."""
        file, _, line = where.rpartition(":")
        self.add(file, int(line), text)

    def raise_if_any(self) -> None:
        """Raise one ConfigurationError that lists every fault in the order of files and lines."""
        if self.found:
            raise ConfigurationError(
                "\n".join(f"{file}:{line}: {text}" for file, line, text in sorted(set(self.found)))
            )


def one_of(name: str, known: Iterable[str]) -> str:
    """The cure for a name that is not known: the nearest known one, and the list where it is short."""
    names = sorted(known)
    nearest = get_close_matches(name, names, n=1)
    hint = f"did you mean `{nearest[0]}`? " if nearest else ""
    if len(names) > LONG_LIST:
        return hint.strip() or "check its spelling."
    return f"{hint}Known: {', '.join(names) or 'none'}."
