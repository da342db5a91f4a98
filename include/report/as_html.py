"""A report as one HTML page: no script, nothing from the network, for screen (light and dark), paper and screen readers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from include.finance.quality_score import percent_text, score_title
from include.finance.tie_out import TieOutStatus
from include.report import words
from include.report.as_json import instant_text
from include.report.judge import counted, sentence
from include.report.model import OUTCOMES, Amount, Entry, NightFigures, NightReport, Stage

# What a page lists before it says how many more there are: all of it is in the JSON.
SHOWN_EXCEPTIONS = 25
SHOWN_FIRST = 3  # exceptions of a cause that are not folded
SHOWN_ENTRIES = 100
SHOWN_CHECKS = 50
_OPEN_UP_TO = 8  # longer lists are folded


@dataclass(frozen=True, slots=True)
class Chart:
    """One number of the last nights as columns: per night its text and its height in percent of the highest."""

    title: str
    columns: tuple[tuple[str, str, int], ...]  # night, value, height

    @property
    def latest(self) -> str:
        """This night's value."""
        return self.columns[-1][1]


@dataclass(frozen=True, slots=True)
class StageSum:
    """A stage over all its sources or legal entities; `share` is its part of the longest stage's time, in percent."""

    stage: str
    parts: tuple[Stage, ...]
    milliseconds: int
    share: int

    @property
    def failed(self) -> tuple[Stage, ...]:
        """The parts that did not end well."""
        return tuple(part for part in self.parts if part.outcome != "done")


def report_html(report: NightReport, json_location: str, json_sha256: str) -> bytes:
    """The page; it names the JSON that holds everything, and its SHA-256."""
    page = page_environment().get_template("page.html.j2")
    text = page.render(
        report=report,
        verdict=sentence(report).partition(": ")[2],  # whether it is complete stands above it
        outcomes=OUTCOMES,
        statuses=list(TieOutStatus),
        is_tied_out=any(hop.check_count for hop in report.hops),
        at_risk=_total_at_risk(report),
        entities=list(_by_entity(report.entries)),
        stage_sums=_stage_sums(report.stages),
        charts=_charts(report.nights),
        before=report.nights[-2] if len(report.nights) > 1 else None,
        tonight=report.nights[-1],
        json_location=json_location,
        json_sha256=json_sha256,
        shown_first=SHOWN_FIRST,
        shown_exceptions=SHOWN_EXCEPTIONS,
        shown_entries=SHOWN_ENTRIES,
        shown_checks=SHOWN_CHECKS,
        open_up_to=_OPEN_UP_TO,
    )
    return text.encode()


def page_environment() -> Environment:
    """Templates of pages, with the words that all pages use."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("page")),
        autoescape=True,  # billing's words are shown, never obeyed
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "amount": words.amount_text,
        "amounts": words.amounts_text,
        "capital": lambda text: text[:1].upper() + text[1:],
        "decimal": words.decimal_text,
        "duration": words.duration_text,
        "instant": words.instant_words,
        "iso": instant_text,
        "place": words.place_text,
        "plain": words.plain,
        "money": lambda minor, currency: words.amount_text(words.amount_in(currency, minor)),
        "number": "{:,}".format,
        "part": words.part_text,
        "percent": percent_text,
        "score": score_title,
    }
    environment.globals["counted"] = counted
    return environment


def _total_at_risk(report: NightReport) -> list[Amount]:
    sums: dict[str, Amount] = {}
    for group in report.exceptions:
        for each in group.at_risk:
            before = sums.get(each.currency)
            sums[each.currency] = Amount(each.minor + (before.minor if before else 0), each.currency, each.exponent)
    return [sums[currency] for currency in sorted(sums)]


def _by_entity(entries: tuple[Entry, ...]) -> Iterator[tuple[str, list[Entry], list[tuple[str, int]]]]:
    """Per legal entity: its entries, what is short of the ledger first, and how many are in which state."""
    for code, group in groupby(entries, key=lambda entry: entry.legal_entity_code):
        of_entity = list(group)
        states = Counter(entry.held_reason or entry.state for entry in of_entity)
        yield code, of_entity, [(words.plain(state), count) for state, count in sorted(states.items())]


def _stage_sums(stages: tuple[Stage, ...]) -> list[StageSum]:
    sums = []
    longest = 1
    for name, group in groupby(stages, key=lambda stage: stage.stage):
        parts = tuple(group)
        sums.append((name, parts, sum(part.milliseconds for part in parts)))
        longest = max(longest, sums[-1][2])
    return [StageSum(name, parts, total, _percent(total, longest)) for name, parts, total in sums]


def _charts(nights: tuple[NightFigures, ...]) -> list[Chart]:
    return [
        _chart("Documents", nights, [night.document_count for night in nights]),
        _chart("Quarantined or held", nights, [night.broken_count for night in nights]),
        _chart("Journal entries", nights, [night.entry_count for night in nights]),
        _chart("Work", nights, [night.milliseconds for night in nights], is_time=True),
    ]


def _chart(title: str, nights: tuple[NightFigures, ...], values: list[int], *, is_time: bool = False) -> Chart:
    highest = max(1, *values)
    columns = (
        (
            words.instant_words(night.read_instant),
            words.duration_text(value) if is_time else f"{value:,}",
            _percent(value, highest),
        )
        for night, value in zip(nights, values, strict=True)
    )
    return Chart(title, tuple(columns))


def _percent(value: int, of: int) -> int:
    """Rounded up, so that what is there can be seen."""
    return -(-100 * value // of)
