"""Who acts: what the audit log says of a change besides the login of the database."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """A program or task, the person who started it or speaks through it, and its run; empty where nobody knows."""

    program: str = ""
    person: str = ""
    run_id: str = ""
