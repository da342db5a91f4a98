"""The sample company and its servers: demo, up, down, clean."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from include.commands.report import report_night
from include.commands.terminal import cli, console, say
from include.config.currencies import CURRENCIES
from include.report.words import decimal_text
from include.sample import company
from include.sample import demo as sample_demo
from include.sample.demo import LedgerCheck
from include.sample.stack import Stack
from include.sample.stack import clean as clean_stacks

Size = Annotated[int | None, typer.Option(min=1, help="How large the sample company is: 50 is 2,400 customers")]


@cli.command()
def demo(size: Size = None) -> None:
    """Run two nights of the sample company through Airflow into a real ERP, and judge the ledger."""
    stack = Stack(say=say)
    stack.start()
    answers = sample_demo.prepare_company(stack, size).nights
    app = sample_demo.sample_app(stack)
    sample_demo.prepare_airflow(stack, app)
    before = sample_demo.posted_entries(app)
    # After the second night the ledger holds both, so the first can be judged only before the second was read.
    is_first_run = before == 0
    checks: list[LedgerCheck] = []
    for night, answer in zip(company.NIGHTS, answers, strict=True):
        say(f"Night {night.number}: everything in billing up to {night.as_of:%Y-%m-%d %H:%M} UTC")
        state = sample_demo.run_night(stack, night, say)
        say(f"Night {night.number}: the run ended {state}")
        stored = report_night(app, night.as_of)
        if state != "success":
            console.print(
                f"[red]The run of night {night.number} failed: open it in Airflow, user admin, see `make up`.[/red]"
            )
            raise typer.Exit(1)
        if is_first_run or night is company.NIGHTS[-1]:
            checks.append(sample_demo.check_ledger(app, night, answer))
            print_ledger_check(checks[-1])
    new = sample_demo.posted_entries(app) - before
    console.print(
        f"\nPosted in this run: {new} journal entries"
        + ("." if new else "; nothing new, every night was complete already.")
    )
    console.print(f"The report of the last night, to open in a browser: {stored.html_location}", soft_wrap=True)
    console.print(
        f"Airflow is still up at {stack.airflow.url} (`make up` shows the logins, `make down` ends everything)."
    )
    if not all(check.is_equal for check in checks):
        console.print("[red]The ledger in the ERP is not what it should be.[/red]")
        raise typer.Exit(1)
    console.print("[green]The ledger in the ERP equals the answer file, to the cent.[/green]")


@cli.command()
def up(size: Size = None) -> None:
    """Start PostgreSQL, the ERP and Airflow with the sample company, and say where they are."""
    stack = Stack(say=say)
    stack.start()
    sample_demo.prepare_company(stack, size)
    sample_demo.prepare_airflow(stack, sample_demo.sample_app(stack))
    for service in stack.status():
        console.print(f"{service.name:<20} {service.address}")
    for user, role in (
        ("preparer", "starts nights"),
        ("controller", "approves"),
        ("auditor", "reads"),
        ("admin", "everything"),
    ):
        console.print(f"Airflow login        {user} / {stack.airflow.password(user)}  ({role})", soft_wrap=True)
    console.print(
        "Read the ERP with `make ledger ENTITY=US`, the databases with `make sql DB=finance`; `make down` ends everything."
    )


@cli.command()
def down() -> None:
    """End everything that was started; the data stays."""
    Stack(say=say).stop()
    say("Everything is down.")


@cli.command()
def clean() -> None:
    """End everything and remove the data."""
    clean_stacks()
    say("All data is gone; what is installed stays.")


def print_ledger_check(check: LedgerCheck) -> None:
    """The ledger read back, beside what it should be."""
    table = Table(
        "entity",
        "account",
        "period",
        "ERP",
        "should be",
        "",
        title=f"Night {check.night.number}: the ledger read back through the ERP's API",
    )
    for place in sorted(check.expected.keys() | check.read_back.keys()):
        entity, account, period = place
        exponent = CURRENCIES[check.currencies[entity]].exponent
        mine, should = check.read_back.get(place, 0), check.expected.get(place, 0)
        table.add_row(
            entity,
            account,
            period,
            decimal_text(mine, exponent),
            decimal_text(should, exponent),
            "" if mine == should else "[red]differs[/red]",
        )
    console.print(table)
