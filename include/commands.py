"""The command line behind `make`: python -m include.commands COMMAND."""

from __future__ import annotations

import sys
import time
from datetime import UTC, date, datetime
from functools import partial
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from include.app import FINANCE_OWNER_CONNECTION, App, EnvironmentConnections, app_from_environment
from include.config.currencies import CURRENCIES
from include.config.load import load_configuration
from include.finance.errors import NightUnfinishedError, TieoutError
from include.finance.money import format_minor
from include.pipelines import night as nights
from include.pipelines import requeue as requeueing
from include.pipelines.data_docs import build_data_docs
from include.pipelines.give_up import GiveUpDesk
from include.pipelines.ledger import read_ledger
from include.pipelines.plan import Night, NightRequest, parse_instant, plan_night
from include.pipelines.recompute import recompute_totals
from include.pipelines.report import StoredReport, store_report, stored_lines
from include.pipelines.tie_out_report import tie_out_lines
from include.pipelines.verdict import require_complete
from include.report.console import print_report
from include.report.read import read_report
from include.report.words import decimal_text
from include.sample import company
from include.sample import demo as sample_demo
from include.sample.demo import LedgerCheck
from include.sample.folders import HOME
from include.sample.stack import Stack
from include.sample.stack import clean as clean_stacks
from include.store.database import FinanceDatabase
from include.store.migrate import migrate_checked as migrate_finance
from include.store.tie_outs import read_tie_outs

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
_STARTED = time.monotonic()
Size = Annotated[int | None, typer.Option(min=1, help="How large the sample company is: 50 is 2,400 customers")]


def say(text: str) -> None:
    """A line of progress, with the seconds since the start."""
    console.print(f"[dim]{time.monotonic() - _STARTED:6.1f} s[/dim]  {text}")


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


@cli.command()
def nightly(
    as_of: Annotated[str, typer.Option(help="Read instant, for instance 2026-02-01T06:00:00Z")],
    *,
    dry_run: Annotated[bool, typer.Option(help="Decide everything, commit and post nothing")] = False,
    full_compare: Annotated[bool, typer.Option(help="Read the whole source again")] = False,
    reason: Annotated[str | None, typer.Option(help="For an instant before a committed night")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Read only this source; may be repeated")] = None,
    entity: Annotated[list[str] | None, typer.Option(help="Post only this legal entity; may be repeated")] = None,
) -> None:
    """Run one night without Airflow: the same steps in one process."""
    app = _running_app()
    request = NightRequest(as_of, dry_run, full_compare, reason, tuple(source or ()), tuple(entity or ()))
    night = plan_night(
        app.finance(),
        request,
        datetime.now(UTC),
        sources=app.configuration.sources,
        legal_entities=app.configuration.legal_entities,
    )
    for warning in nights.prepare(app, night):
        say(f"[yellow]{escape(warning)}[/yellow]")
    failures = _read_all(app, night)
    if dry_run:
        say("Dry run: nothing was committed, nothing is posted.")
    else:
        failures += _post_all(app, night)
        try:
            report_night(app, night.read_instant)
        except TieoutError as error:
            failures.append(f"report: {error}")
    if failures:
        raise NightUnfinishedError("The night is not complete:\n  " + "\n  ".join(failures))
    if not dry_run:
        require_complete(app.finance(), night.read_instant, night.sources, night.legal_entities)
        say("The night is complete.")


@cli.command(name="tie-out")
def tie_out(
    as_of: Annotated[str, typer.Option(help="Read instant of the night, for instance 2026-02-01T06:00:00Z")],
    entity: Annotated[list[str] | None, typer.Option(help="Only hops 4 and 5 of this entity; may be repeated")] = None,
    by: Annotated[str, typer.Option(help="Who asks; kept with the result", envvar="USER")] = "command line",
) -> None:
    """Tie out again, after a repair: all five hops, or those of one legal entity."""
    app = _running_app()
    request = NightRequest(as_of, legal_entities=tuple(entity or ()), reason="tie-out")
    night = plan_night(
        app.finance(),
        request,
        datetime.now(UTC),
        sources=app.configuration.sources,
        legal_entities=app.configuration.legal_entities,
    )
    checks = [] if entity else [partial(nights.tie_out_source, app, source) for source in night.sources]
    checks += [partial(nights.tie_out, app, code) for code in night.legal_entities]
    failures = []
    for check in checks:
        try:
            say(check(night, actor=by))
        except TieoutError as error:
            failures.append(str(error))
    for line in tie_out_lines(read_tie_outs(app.finance(), night.read_instant)):
        console.print(line, soft_wrap=True, markup=False)
    if failures:
        raise NightUnfinishedError("\n".join(failures))


@cli.command()
def recompute(
    *,
    repair: Annotated[bool, typer.Option(help="Write what evidence and register say")] = False,
) -> None:
    """Compare the running totals of the tie-out with evidence and the register, from the first batch on."""
    app = _running_app()
    for line in recompute_totals(app.finance(), app.evidence(), is_repaired=repair):
        console.print(line, soft_wrap=True, markup=False)
    say("Every running total is what evidence and the register say.")


@cli.command()
def report(
    as_of: Annotated[str, typer.Option(help="Read instant of the night, for instance 2026-02-01T06:00:00Z")],
) -> None:
    """Print a night as it stands now, and write its report as JSON and as a page."""
    report_night(_running_app(), parse_instant(as_of))


@cli.command()
def requeue(
    reference: Annotated[str, typer.Option(help="Reference of the journal entry")],
    reason: Annotated[str, typer.Option(help="What was repaired or decided; kept with the entry")],
    by: Annotated[str, typer.Option(help="Who says so", envvar="USER")],
    *,
    account_again: Annotated[
        bool, typer.Option(help="Give the entry up and account its documents again the next night")
    ] = False,
) -> None:
    """Let an entry that waits for a person go on; the next night asks the ERP for it before it sends."""
    app = _running_app()
    store, found = nights.postings(app), requeueing.find_entry(app.finance(), reference)
    if account_again:
        entity = app.configuration.legal_entities[found.legal_entity_code]
        desk = GiveUpDesk(app.finance(), app.evidence(), app.erp(found.erp_code), entity)
        count = requeueing.account_again(desk, store, found, actor=by, reason=reason)
        say(f"Journal entry {reference} is given up; the next night accounts its {count} documents again.")
        return
    state = requeueing.requeue(store, found, actor=by, reason=reason)
    say(f"Journal entry {reference} is {state}; the next night asks the ERP for it and goes on.")


@cli.command()
def migrate() -> None:
    """Bring a finance database of one's own to the newest schema, as its owner (connection finance_db_owner)."""
    owner = EnvironmentConnections().get(FINANCE_OWNER_CONNECTION).postgres_dsn()
    migrate_finance(FinanceDatabase(owner, FINANCE_OWNER_CONNECTION))
    say("The finance database has the newest schema.")


@cli.command()
def data_docs(
    source: Annotated[
        str | None, typer.Option(help="A source of sources.yaml; empty: whichever was validated last")
    ] = None,
    as_of: Annotated[str | None, typer.Option(help="Read instant of the night; empty: the newest")] = None,
) -> None:
    """Build Great Expectations' Data Docs of a night from its evidence."""
    instant = parse_instant(as_of) if as_of else None
    built = build_data_docs(_running_app().accounting_desk(), HOME / "data-docs", source or None, instant)
    say(f"Source {built.source_code}, read at {built.read_instant:%Y-%m-%d %H:%M} UTC: open {built.index}")


@cli.command()
def ledger(entity: Annotated[str, typer.Option(help="Code of the legal entity")]) -> None:
    """Read a legal entity's books from the ERP through its API."""
    app = _running_app()
    known = app.configuration.legal_entities
    if entity not in known:
        raise TieoutError(
            f"There is no legal entity {entity} in legal_entities.yaml; there are {', '.join(sorted(known))}."
        )
    found = read_ledger(app.erp(known[entity].erp_code), known[entity], date(9999, 12, 31))
    currency = known[entity].functional_currency
    entries = Table("number", "date", "reference", "account", "amount", "text", title=f"{entity}: entries in the ERP")
    for entry in found.entries:
        for line in entry.lines:
            entries.add_row(
                entry.header.number,
                str(entry.header.posting_date),
                entry.header.reference,
                line.account_code,
                format_minor(line.amount_minor, currency.exponent),
                line.text,
            )
    console.print(entries)
    balances = Table("account", "name", f"balance {currency.code}", title=f"{entity}: balances in the ERP")
    for code, minor in found.balances.items():
        balances.add_row(code, found.account_names.get(code, ""), format_minor(minor, currency.exponent))
    console.print(balances)


@cli.command()
def sql(db: Annotated[str, typer.Option(help="billing or finance")]) -> None:
    """Open psql, for reading."""
    raise typer.Exit(Stack().sql(db))


@cli.command(name="check-config")
def check_config() -> None:
    """Load the whole configuration and say what is wrong with it, file and line."""
    configuration = load_configuration()
    console.print(
        f"Configuration {configuration.sha256[:12]}: {len(configuration.legal_entities)} legal entities, "
        f"{len(configuration.rules.rules)} posting rules, {len(configuration.sources)} sources, {len(configuration.erps)} ERPs. Nothing is wrong."
    )


@cli.command()
def pools() -> None:
    """Print the pool of each ERP: Airflow must have it, or the tasks that post there never begin."""
    for pool in sorted({erp.pool for erp in load_configuration().erps.values()}):
        typer.echo(pool)


def report_night(app: App, read_instant: datetime) -> StoredReport:
    """Print a night, write its report, and print where it is."""
    found = read_report(app.finance(), app.configuration, read_instant)
    print_report(console, found)
    stored = store_report(found, app.evidence())
    for line in stored_lines(stored):
        console.print(line, soft_wrap=True, markup=False)
    return stored


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


def _running_app() -> App:
    stack = Stack()
    if stack.state.exists() and any(service.is_running for service in stack.status()):
        return sample_demo.sample_app(stack)
    return app_from_environment()


def _read_all(app: App, night: Night) -> list[str]:
    """Read, account and tie out every source; the failures. One source that is away does not keep the others."""
    failures = []
    for source in night.sources:
        try:
            landed = nights.extract(app, source, night)
            say(landed.message)
            if landed.attempt_id:
                for line in (
                    *nights.validate(app, landed.attempt_id),
                    *nights.account(app, landed.attempt_id),
                ):
                    say(line)
            if not night.is_dry_run:
                say(nights.tie_out_source(app, source, night, actor="command line"))
        except TieoutError as error:
            failures.append(f"source {source}: {error}")
    return failures


def _post_all(app: App, night: Night) -> list[str]:
    """Post and tie out every legal entity; the failures. No entity waits for another."""
    failures = []
    for entity in night.legal_entities:
        try:
            for line in nights.post(app, entity, night, actor="command line"):
                say(line)
            say(nights.tie_out(app, entity, night, actor="command line"))
        except TieoutError as error:
            failures.append(f"legal entity {entity}: {error}")
    return failures


def main() -> None:
    """Run a command; an error of ours is a message, not a traceback."""
    try:
        cli()
    except TieoutError as error:
        console.print(f"[red]{type(error).__name__}[/red] {escape(str(error))}", soft_wrap=True, markup=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
