"""Is the night complete, what is missing, and who acts: the first sentence of a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from include.config.configuration import UNASSIGNED, Configuration
from include.finance.exception_rule import Assignment
from include.finance.tie_out import TieOutStatus
from include.report.model import Missing, NightReport, SourceState
from include.report.words import plain

_Owners = Mapping[str, Mapping[str, str]]  # by legal entity and responsibility
_SYSTEMS = "finance_systems"
_SHOWN = 2  # facts in the sentence; all of them follow it
_FACTS = {
    SourceState.LANDED: "was read, and is not in the books",
    SourceState.FAILED: "failed",
    SourceState.NOT_READ: "was not read",
}


def find_missing(report: NightReport, configuration: Configuration) -> Iterator[Missing]:
    """Everything without which the night is not complete, sources first."""
    owners = {code: settings.owners for code, settings in configuration.entity_settings.items()}
    yield from _sources_missing(report, owners)
    yield from _entries_missing(report, owners)
    done = {(stage.stage, stage.subject) for stage in report.stages if stage.outcome == "done"}
    for code in sorted(configuration.sources):
        if ("tie_out_source", code) not in done:
            yield Missing(f"source {code} was not tied out", _owner(owners, UNASSIGNED, _SYSTEMS))
    for code in sorted(configuration.legal_entities):
        if ("tie_out", code) not in done:
            yield Missing(f"legal entity {code} was not tied out", _owner(owners, code, _SYSTEMS))
    yield from _hops_missing(report, configuration.assignments())


def _sources_missing(report: NightReport, owners: _Owners) -> Iterator[Missing]:
    for source in report.sources:
        if not source.is_done:
            error = f": {source.error.splitlines()[0]}" if source.error else ""
            fact = f"source {source.code} {_FACTS[source.state]}{error}".rstrip(".")
            yield Missing(fact, _owner(owners, UNASSIGNED, _SYSTEMS))


def _entries_missing(report: NightReport, owners: _Owners) -> Iterator[Missing]:
    acting = {
        (each.legal_entity_code, each.subject_id): each.owner
        for group in report.exceptions
        for each in group.listed
        if each.subject_type == "journal_entry"
    }
    for entry in report.entries:
        if entry.is_short:
            code = entry.legal_entity_code
            state = plain(entry.held_reason or entry.state)
            fact = f"entry {entry.reference} of legal entity {code} is {state}"
            yield Missing(fact, acting.get((code, entry.reference)) or _owner(owners, code, _SYSTEMS))


def _hops_missing(report: NightReport, assignments: Mapping[tuple[str, str], Assignment]) -> Iterator[Missing]:
    for hop in report.hops:
        for row in hop.open_rows:
            if row.status is TieOutStatus.DIFFERENT or row.is_unsettled:
                # A check over all legal entities is nobody's in particular.
                is_ours = (row.exception_name, row.legal_entity_code) in assignments
                entity = row.legal_entity_code if is_ours else UNASSIGNED
                fact = "differs" if row.status is TieOutStatus.DIFFERENT else "is not settled yet"
                yield Missing(f"{row.title} {fact}", assignments[row.exception_name, entity].owner)


def sentence(report: NightReport) -> str:
    """The verdict in one sentence: complete or not, what is missing, who acts."""
    if report.missing:
        facts = [each.fact for each in report.missing]
        left_out = len(facts) - _SHOWN
        shown = "; ".join(facts[:_SHOWN]) + (f"; and {left_out} more" if left_out > 0 else "")
        return f"Not complete: {shown}. {_who_acts(Counter(each.owner for each in report.missing))}"
    waiting = sum(1 for entry in report.entries if entry.is_waiting)
    posted = sum(1 for entry in report.entries if entry.is_in_ledger and entry.is_of_night)
    told = f"Complete: {counted(report.document_count, 'document')} accounted for, {counted(posted, 'journal entry')} in the ledger"
    told += f", {waiting} waiting for a date or a period" if waiting else ""
    if not report.exception_count:
        return f"{told}; nobody needs to act."
    owners = sum((Counter(group.owners) for group in report.exceptions), Counter[str]())
    return f"{told}; {counted(report.exception_count, 'exception')} open. {_who_acts(owners)}"


def counted(number: int, noun: str) -> str:
    """`1 document`, `2 documents`, `3 journal entries`."""
    if number == 1:
        return f"1 {noun}"
    return f"{number:,} {noun.removesuffix('y')}ies" if noun.endswith("y") else f"{number:,} {noun}s"


def _who_acts(owners: Counter[str]) -> str:
    busiest = sorted(owners.items(), key=lambda each: (-each[1], each[0]))
    return "Who acts: " + ", ".join(f"{owner} ({number:,})" for owner, number in busiest) + "."


def _owner(owners: _Owners, code: str, responsibility: str) -> str:
    """Who has a responsibility; for what belongs to no legal entity, whoever has it in the first one."""
    return owners.get(code, owners[min(owners)])[responsibility]
