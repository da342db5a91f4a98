"""Rebuilding a batch from its evidence."""

from __future__ import annotations

from typing import Annotated

import typer

from include.commands.terminal import cli, console, running_app, say
from include.pipelines.rebuild import Rebuilt, rebuild_batch


@cli.command()
def rebuild(batch: Annotated[int, typer.Option(help="Number of the batch, as `make explain` shows it")]) -> None:
    """Make a batch's entries again from its evidence, and compare them with what was stored. Writes nothing."""
    app = running_app()
    rebuilt = rebuild_batch(app.accounting_desk(), batch)
    for line in rebuilt_lines(rebuilt):
        console.print(line, soft_wrap=True, markup=False)
    if not rebuilt.is_equal:
        raise typer.Exit(1)
    say(f"Batch {batch} comes out the same.")


def rebuilt_lines(rebuilt: Rebuilt) -> list[str]:
    """What was compared, and the first differences."""
    batch, lines = rebuilt.batch, []
    if batch.code_version != rebuilt.code_version:
        lines.append(
            f"Batch {batch.batch_no} was made by code {batch.code_version}; this is code {rebuilt.code_version}."
        )
    for each in rebuilt.comparisons:
        word = "equal" if each.is_equal else f"{each.differing_rows:,} rows differ"
        lines.append(f"{each.dataset}: {each.left_rows:,} stored, {each.right_rows:,} rebuilt, {word}")
        lines.append(f"  stored  {each.left_sha256}")
        lines.append(f"  rebuilt {each.right_sha256}")
        lines += [f"  {text}" for text in each.differences]
        if each.differing_rows > len(each.differences):
            lines.append(f"  ... and {each.differing_rows - len(each.differences):,} rows more")
    return lines
