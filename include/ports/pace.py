"""How fast an outside system may be asked: turns, one per request."""

from __future__ import annotations

from typing import Protocol


class Pace(Protocol):
    """The turns of everybody who asks one system. What is reserved and not used is lost, and costs nothing else."""

    def reserve(self) -> float:
        """Reserve the next turn; how many seconds until it comes. Raises SystemUnreachableError."""
        ...

    def rest(self, seconds: float) -> None:
        """Let nobody's turn come before so many seconds from now: the system asked for that. Raises SystemUnreachableError."""
        ...
