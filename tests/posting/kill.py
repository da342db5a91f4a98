"""Death at a chosen call: wrappers around the ERP and the store that end the process, or what stands for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from include.store.postings import EntityPostings, PostingStore


class KilledError(BaseException):
    """Stands for SIGKILL inside a test process: nothing catches it, and every connection ends with it."""


def die() -> None:
    """End what stands for the process."""
    raise KilledError


@dataclass
class Killer:
    """Dies before or after the n-th watched call (counted from 0), or of the calls of one `name` if that is given."""

    number: int | None = None
    name: str | None = None
    is_after: bool = False
    die: Callable[[], None] = die
    seen: list[str] = field(default_factory=list)

    @property
    def is_spared(self) -> bool:
        """Whether the run ended before its turn to die came."""
        return self.number is None or self.number >= len(self.seen)

    def call(self, name: str, work: Callable[..., Any], *arguments: Any) -> Any:
        """Do the call, or die."""
        if self.name not in (None, name):
            return work(*arguments)
        mine = len(self.seen) == self.number
        self.seen.append(name)
        if mine and not self.is_after:
            self.die()
        try:
            return work(*arguments)
        finally:
            # Also after a call that went wrong: its answer is lost with us.
            if mine and self.is_after:
                self.die()


@dataclass
class MortalErp:
    """An ERP adapter whose every call may be the last of the process."""

    erp: Any
    killer: Killer

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.erp, name)
        if not callable(found) or name == "await_turn":
            return found
        return lambda *arguments: self.killer.call(f"erp.{name}", found, *arguments)


@dataclass
class MortalJournal:
    """An entity's postings whose every commit may be the last of the process."""

    journal: EntityPostings
    killer: Killer

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.journal, name)
        if name not in {"change", "report", "note", "replace_reference_data"}:
            return found
        return lambda *arguments: self.killer.call(f"journal.{name}", found, *arguments)


@dataclass(frozen=True)
class MortalStore:
    """The store with mortal journals."""

    store: PostingStore
    killer: Killer

    @contextmanager
    def locked(self, erp_code: str, legal_entity_code: str) -> Iterator[MortalJournal]:
        """Lock as ever."""
        with self.store.locked(erp_code, legal_entity_code) as journal:
            yield MortalJournal(journal, self.killer)
