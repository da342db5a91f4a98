"""A close as one HTML page: no script, nothing from the network, for screen, paper and screen readers."""

from __future__ import annotations

from itertools import groupby
from pathlib import PurePosixPath

from include.finance.close_package import ClosePackage
from include.finance.flux import all_causes, by_cause
from include.finance.rollforward import KINDS, Rollforward, RollforwardKind
from include.report.as_html import page_environment
from include.report.close_charts import HEIGHT, largest_changes, waterfalls

SHOWN_EXCEPTIONS = 100
SHOWN_CHECKS = 100


def close_html(package: ClosePackage, workbook: str, workbook_sha256: str) -> bytes:
    """The page; it names the workbook that holds every journal line, and its SHA-256."""
    page = page_environment().get_template("close.html.j2")
    text = page.render(
        package=package,
        currency=package.currency,
        obstacles=package.obstacles,
        schedules=_schedules(package),
        causes=[cause for cause in all_causes(package.flux) if any(by_cause(row).get(cause) for row in package.flux)],
        by_cause=by_cause,
        waterfalls=waterfalls(package),
        chart_height=HEIGHT,
        changes=largest_changes(package),
        open_checks=[row for row in package.tie_out if row.status != "equal"],
        shown_exceptions=SHOWN_EXCEPTIONS,
        shown_checks=SHOWN_CHECKS,
        workbook=workbook,
        workbook_name=PurePosixPath(workbook).name,
        workbook_sha256=workbook_sha256,
    )
    return text.encode()


def _schedules(package: ClosePackage) -> list[tuple[RollforwardKind, tuple[str, ...], list[Rollforward]]]:
    """Per schedule its columns in use and its lines."""
    lines = {name: list(of) for name, of in groupby(package.rollforwards, key=lambda each: each.kind)}
    found = []
    for kind in KINDS:
        of_kind = lines.get(kind.name, [])
        used = {name for line in of_kind for name, minor in line.movements if minor}
        found.append((kind, tuple(name for name in kind.all_columns if name in used), of_kind))
    return found
