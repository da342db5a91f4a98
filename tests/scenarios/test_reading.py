"""What a person who writes a scenario is told: of a wrong figure as a table, of a wrong file by its name."""

from __future__ import annotations

import shutil
from pathlib import Path
from uuid import uuid4

import pytest

from include.sample.postgres import EmbeddedPostgres
from include.sample.tryton import TrytonServer
from tests.scenarios.differences import Cell, Worth, expected_cells, table_of
from tests.scenarios.scenario import Scenario, ScenarioError, scenarios, sharing, worlds
from tests.scenarios.world import Place, World

BOOKS = {"US": "USD", "JP": "JPY"}
RULED = [f"S{number:02}" for number in range(1, 17)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of a scenario that a test may spoil."""
    copy = tmp_path / "S03_copy"
    shutil.copytree(named("S03").folder, copy)
    return copy


def named(start: str) -> Scenario:
    return next(scenario for scenario in scenarios() if scenario.name.startswith(start))


@pytest.mark.parametrize("number", RULED)
def test_every_scenario_of_the_rulings_has_its_folder(number: str) -> None:
    assert named(number).expected


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda scenario: scenario.name)
def test_a_scenario_reads_and_balances(scenario: Scenario) -> None:
    assert scenario.policy.title
    assert scenario.expected
    assert any(rows.strip() for rows in scenario.billing.values())


def test_a_wrong_figure_is_told_as_a_table() -> None:
    expected = expected_cells(named("S13").expected) | {
        Cell("US", "2026-02-10", "2026-02-10", "1100", "EUR"): Worth(-100000, -110000),
        Cell("US", "2026-02-10", "2026-02-10", "7000", "EUR"): Worth(0, 2000),
    }
    booked = dict(expected)
    del booked[Cell("JP", "2026-01-31", "2026-01-31", "2000", "JPY")]  # not booked
    booked[Cell("US", "2026-02-10", "2026-02-10", "7000", "EUR")] = Worth(0, 1999)  # a cent off
    booked[Cell("US", "2026-02-10", "2026-02-10", "7900", "USD")] = Worth(1, 1)  # nobody expects it
    written = """
entity  posted      document    account  currency              expected          booked      difference
JP      2026-01-31  2026-01-31  2000     JPY                      -1000               0            1000
US      2026-02-10  2026-02-10  7000     USD of EUR               20.00           19.99           -0.01
US      2026-02-10  2026-02-10  7900     USD                       0.00            0.01            0.01
"""
    assert table_of(expected, booked, BOOKS | {"KW": "KWD"}) == written.strip("\n")
    assert table_of(expected, expected, BOOKS) == ""


def test_rows_that_others_enter_are_not_asked_of_us() -> None:
    assert {row.source for row in named("S03").expected} == {"", "bank"}
    assert {cell.account for cell in expected_cells(named("S03").expected)} == {"1010", "1100", "4020"}


@pytest.mark.parametrize(
    ("file", "before", "after", "told"),
    [
        ("expected.csv", "  -20000", "  -20001", "US 2026-01-20 USD  amount_minor: -1"),
        ("expected.csv", ", bank", ", banc", "source is empty"),
        ("expected.csv", "posting_date", "day", "the first line must name legal_entity, posting_date"),
        ("expected.csv", "50000", "500.00", "invalid literal for int"),
        ("policy.yaml", "nights:", "night:", "nights"),
        ("policy.yaml", "title:", "not_bilt: x\ntitle:", "not_bilt"),
        ("billing.sql", "insert", "-- night 2026-05-01\ninsert", "policy.yaml has no night 2026-05-01"),
    ],
)
def test_a_file_written_wrongly_is_named(folder: Path, file: str, before: str, after: str, told: str) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    scenario = Scenario(folder)
    with pytest.raises(ScenarioError, match=file) as caught:
        assert scenario.policy.title and scenario.billing and scenario.expected  # noqa: PT018
    assert told in str(caught.value)


def test_a_file_that_nothing_reads_is_refused(folder: Path) -> None:
    (folder / "openings.csv").write_text("")
    with pytest.raises(ScenarioError, match=r"nothing reads openings\.csv"):
        Scenario(folder)


def test_what_stood_there_before_is_read_apart_and_balances_too() -> None:
    scenario = named("C46")
    assert {row.source for row in scenario.opening} == {"opening"}
    assert {row.posting_date.year for row in scenario.opening} == {2025}
    assert not {row.source for row in scenario.expected} & {"opening"}
    assert named("S01").opening == []


def test_an_opening_that_does_not_balance_is_named(folder: Path) -> None:
    copy = folder.with_name("C46_copy")
    shutil.copytree(named("C46").folder, copy)
    path = copy / "opening.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("500000", "500001"), encoding="utf-8")
    with pytest.raises(
        ScenarioError, match=r"opening\.csv does not balance: US 2025-10-31 USD opening amount_minor: 1;"
    ):
        assert Scenario(copy).opening


def test_scenarios_share_their_nights_only_where_settings_and_rates_agree() -> None:
    assert named("S02") in sharing(named("S03"))
    assert named("S06") not in sharing(named("S03"))  # other nights
    assert named("S14a") not in sharing(named("S14_"))  # another policy
    assert sorted(scenario.name for group in worlds() for scenario in group) == [each.name for each in scenarios()]
    for group in worlds():
        rates = [item for scenario in group for item in scenario.rates.items()]
        assert len(dict(rates)) == len(set(rates))


def test_rows_that_cannot_be_written_fail_their_scenario_alone(
    folder: Path, postgres: EmbeddedPostgres, tryton: TrytonServer, billing_template: str
) -> None:
    sql = folder / "billing.sql"
    sql.write_text(sql.read_text(encoding="utf-8").replace("issue_date", "isue_date"), encoding="utf-8")
    spoiled, sound = Scenario(folder), named("S04")
    name = f"billing_{uuid4().hex[:8]}"
    postgres.create_database(name, "billing_owner", billing_template)
    world = World((spoiled, sound), postgres, tryton, Place(name, "", "", folder))
    for night in spoiled.policy.nights:
        world.write(night)
    assert list(world.refused) == [spoiled.name]
    assert 'column "isue_date" of relation "invoices" does not exist' in world.refused[spoiled.name]
    assert set(world.writers.values()) == {sound.name}
    postgres.drop_database(name)
