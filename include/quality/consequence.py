"""What a broken rule leads to, and the severity by which Great Expectations knows it."""

from __future__ import annotations

from enum import StrEnum


class Consequence(StrEnum):
    """What happens when a document breaks a rule."""

    STOP = "stop"  # nothing of the source is accounted for
    QUARANTINE = "quarantine"  # the document waits for a person, the rest goes on
    WARN = "warn"  # the document is accounted for, and a person is told


# Great Expectations has three severities and does nothing by itself: these are their meanings here.
GX_SEVERITY: dict[Consequence, str] = {
    Consequence.STOP: "critical",
    Consequence.QUARANTINE: "warning",
    Consequence.WARN: "info",
}
