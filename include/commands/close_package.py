"""The close package of a legal entity and period."""

from __future__ import annotations

from typing import Annotated

import typer

from include.commands.terminal import cli, console, running_app
from include.pipelines.close_package import build_close_package


@cli.command(name="close-package")
def close_package(
    entity: Annotated[str, typer.Option(help="Code of the legal entity")],
    period: Annotated[str, typer.Option(help="A period of the ERP, for instance 2026-01")],
) -> None:
    """Put together what a controller signs: trial balance, journals, tie-out, roll-forwards, flux, exceptions and approvals."""
    app = running_app()
    kept = build_close_package(app.finance(), app.evidence(), app.configuration, entity, period)
    for line in (
        f"Close package of {entity}, {period}: {'not ready to sign' if kept.obstacles else 'ready to sign'}.",
        *(f"  {obstacle}" for obstacle in kept.obstacles),
        f"Trial balance, SHA-256: {kept.trial_balance_hash}",
        f"Page:     {kept.page_location}",
        f"Workbook: {kept.workbook_location}",
    ):
        console.print(line, soft_wrap=True, markup=False)
