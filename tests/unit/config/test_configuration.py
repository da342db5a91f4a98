"""A fault in a configuration file is refused with its file, its line, the fact and the cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.adapters.erp.tryton import TrytonErp
from include.config import systems
from include.config.folder import PACKAGE_FOLDER, config_folder, shown_name
from include.config.load import load_configuration
from include.finance.entity_settings import Arrears, LateArrival
from include.finance.exception_rule import EXCEPTION_NAMES
from include.finance.fx import QuoteDirection, RatePurpose, RateSetting
from include.finance.journal import JournalCategory, ReversalStyle
from tests.unit.config.refusal import INVOICES, Edit, refusal

ENTITIES = "legal_entities.yaml"
CHART = "chart_of_accounts/default.yaml"


def line_of(text: str, after: str = "", file: str = "exceptions.yaml") -> int:
    """The line of a shipped file with the first such text after another."""
    content = (PACKAGE_FOLDER / file).read_text(encoding="utf-8")
    return content.count("\n", 0, content.index(text, content.index(after))) + 1


def test_the_shipped_configuration_loads() -> None:
    configuration = load_configuration()
    assert list(configuration.legal_entities) == ["US", "UK", "DE", "JP"]
    assert [str(entity.functional_currency.exponent) for entity in configuration.legal_entities.values()] == list(
        "2220"
    )
    assert configuration.chart_of("DE").account_of("accounts_receivable").party_key == "Billing customers EUR"
    assert configuration.chart_of("US").account_of("accounts_receivable").party_key is None
    assert configuration.exception_rules.keys() == EXCEPTION_NAMES
    assert set(configuration.erps["tryton"].journals) == set(JournalCategory)
    assert configuration.entity_settings["JP"].late_arrival is LateArrival.NEXT_OPEN_PERIOD


def test_each_message_starts_with_file_and_line_as_in_the_project(folder: Path) -> None:
    assert load_configuration().rules.rules[0].where.startswith("include/config/posting_rules/")
    assert load_configuration(folder).rules.rules[0].where.startswith(str(folder))
    assert shown_name(PACKAGE_FOLDER / INVOICES) == f"include/config/{INVOICES}"


def test_the_folder_can_be_chosen_by_the_environment(tmp_path: Path) -> None:
    assert config_folder({"TIEOUT_CONFIG": str(tmp_path)}) == tmp_path.resolve()
    assert config_folder({}) == PACKAGE_FOLDER


def test_the_hash_follows_every_byte_and_the_rule_hash_only_the_meaning(folder: Path, edit: Edit) -> None:
    before = load_configuration(folder)
    edit(INVOICES, "# An invoice", "# Any invoice")
    comment_changed = load_configuration(folder)
    edit(INVOICES, "deferred_revenue", "service_revenue")
    meaning_changed = load_configuration(folder)
    assert len({before.sha256, comment_changed.sha256, meaning_changed.sha256}) == 3
    assert before.rules.sha256 == comment_changed.rules.sha256 != meaning_changed.rules.sha256


@pytest.mark.parametrize(
    ("file", "old", "new", "where", "fact_and_cure"),
    [
        (
            "legal_entities.yaml",
            "functional_currency: USD",
            "functional_currency: USX",
            f"legal_entities.yaml:{line_of('functional_currency: USD', file=ENTITIES)}: ",
            "`USX` is no currency of ISO 4217",
        ),
        (
            "legal_entities.yaml",
            "functional_currency: USD",
            "functional_currency: XAU",
            f"legal_entities.yaml:{line_of('functional_currency: USD', file=ENTITIES)}: ",
            "`XAU` is no currency of ISO 4217",
        ),
        (
            "legal_entities.yaml",
            "America/New_York",
            "America/NewYork",
            f"legal_entities.yaml:{line_of('America/New_York', file=ENTITIES)}: ",
            "`America/NewYork` is no time zone (IANA, as in Europe/Berlin); did you mean `America/New_York`?",
        ),
        (
            "legal_entities.yaml",
            "chart: default",
            "chart: us",
            f"legal_entities.yaml:{line_of('chart: default', file=ENTITIES)}: ",
            "`us` is no chart in chart_of_accounts/; ",
        ),
        (
            "legal_entities.yaml",
            "erp: tryton",
            "erp: triton",
            f"legal_entities.yaml:{line_of('erp: tryton', file=ENTITIES)}: ",
            "`triton` is no ERP in erps.yaml; did you mean `tryton`?",
        ),
        (
            "legal_entities.yaml",
            "max_future_days: 35",
            'max_future_days: "35"',
            f"legal_entities.yaml:{line_of('max_future_days: 35', file=ENTITIES)}: ",
            "`max_future_days` is '35'; ",
        ),
        (
            "legal_entities.yaml",
            "UK:",
            "US:",
            f"legal_entities.yaml:{line_of('UK:', file=ENTITIES)}: ",
            "the key `US` is written twice; keep one.",
        ),
        (
            "legal_entities.yaml",
            "  time_zone: Asia/Tokyo\n",
            "",
            f"legal_entities.yaml:{line_of('JP:', file=ENTITIES)}: ",
            "the key `time_zone` is missing; add it.",
        ),
        (
            "legal_entities.yaml",
            "by: day",
            "by: week",
            f"legal_entities.yaml:{line_of('by: day', file=ENTITIES)}: ",
            "`by` is 'week'; write one of 'day', 'period' or 'document'.",
        ),
        (
            "legal_entities.yaml",
            "by: day",
            "date: day",
            f"legal_entities.yaml:{line_of('by: day', file=ENTITIES)}: ",
            "the key `date` is unknown; Known: amounts, by, dimensions, entries, reversal_style.",
        ),
        (
            "legal_entities.yaml",
            "amounts: gross",
            "amounts: nett",
            f"legal_entities.yaml:{line_of('amounts: gross', file=ENTITIES)}: ",
            "`amounts` is 'nett'; write one of 'gross' or 'net'.",
        ),
        (
            "legal_entities.yaml",
            "dimensions: [product_line]",
            "dimensions: [project]",
            f"legal_entities.yaml:{line_of('dimensions: [product_line]', file=ENTITIES)}: ",
            "`dimensions` is 'project'; write one of 'department', 'region' or 'product_line'.",
        ),
        (
            "legal_entities.yaml",
            "dimensions: [product_line]",
            "dimensions: some",
            f"legal_entities.yaml:{line_of('dimensions: [product_line]', file=ENTITIES)}: ",
            "`dimensions` is 'some'; input should be a valid list.",
        ),
        (
            "legal_entities.yaml",
            "    controller: Controller DE\n",
            "",
            f"exceptions.yaml:{line_of('owner: controller', after='deleted_after_accounting:')}: ",
            "owner `controller` of `deleted_after_accounting` is nobody in legal entity DE",
        ),
        (
            "chart_of_accounts/default.yaml",
            '"1100"\n',
            "1100\n",
            f"default.yaml:{line_of('  accounts_receivable:', file=CHART)}: ",
            "the account of role `accounts_receivable` is 1100, but text is expected; write it in quotes",
        ),
        (
            "chart_of_accounts/default.yaml",
            '"1100"\n',
            '"11001"\n',
            f"default.yaml:{line_of('  accounts_receivable:', file=CHART)}: ",
            "role `accounts_receivable` names account 11001, which chart `default` does not have; did you mean `1100`?",
        ),
        (
            "chart_of_accounts/default.yaml",
            '"1100": {',
            "1100: {",
            f"default.yaml:{line_of('1100', file=CHART)}: ",
            "the key 1100 is not text; write it in quotes",
        ),
        (
            "chart_of_accounts/default.yaml",
            ", type: asset",
            "",
            "default.yaml:6: ",
            "account 1010 has no type; add it.",
        ),
        ("chart_of_accounts/de.yaml", "extends: default", "extends: de", "de.yaml:3: ", "this chart extends itself"),
        (
            "chart_of_accounts/de.yaml",
            "extends: default",
            "extends: defualt",
            "de.yaml:3: ",
            "this chart extends `defualt`, which does not exist; did you mean `default`?",
        ),
        (
            "erps.yaml",
            "    UK: Tieout UK Ltd\n",
            "",
            f"legal_entities.yaml:{line_of('  erp: tryton', after='UK:', file=ENTITIES)}: ",
            "ERP `tryton` has no company for legal entity UK",
        ),
        ("erps.yaml", "    late: LATE\n", "", "erps.yaml:13: ", "category `late` has no journal; add one."),
        (
            "erps.yaml",
            "  companies:",
            "  maintenance: [{days: [saturday], starts: 22h, ends: '02:00', time_zone: UTC}]\n  companies:",
            "erps.yaml:8: ",
            '`22h` is no time of day; write it as "02:00".',
        ),
        (
            "erps.yaml",
            "  companies:",
            "  maintenance: [{days: [saturday], starts: '22:00', ends: '02:00', time_zone: Berlin}]\n  companies:",
            "erps.yaml:8: ",
            "`Berlin` is no time zone (IANA, as in Europe/Berlin)",
        ),
        (
            "erps.yaml",
            "  companies:",
            "  maintenance: [{days: [saturday], starts: '22:00', ends: '22:00', time_zone: UTC}]\n  companies:",
            "erps.yaml:8: ",
            "leaves nothing out, or everything; say when it ends.",
        ),
        ("erps.yaml", "    UK: Tieout", "    GB: Tieout", "erps.yaml:10: ", "legal entity `GB` is unknown"),
        (
            "sources.yaml",
            "system: postgres",
            "system: oracle",
            "sources.yaml:3: ",
            "`system` is 'oracle'; write one of 'postgres'.",
        ),
        ("exceptions.yaml", "backdated:", "back_dated:", "exceptions.yaml:1: ", "exception `backdated` is missing"),
        (
            "exceptions.yaml",
            "severity: high",
            "severity: huge",
            f"exceptions.yaml:{line_of('severity: high')}: ",
            "`severity` is 'huge'; write one of",
        ),
    ],
)
def test_a_fault_in_any_other_file_is_named_with_file_line_and_cure(
    folder: Path, edit: Edit, file: str, old: str, new: str, where: str, fact_and_cure: str
) -> None:
    edit(file, old, new)
    found = refusal(folder)
    assert any(where in one and fact_and_cure in one for one in found), found


@pytest.mark.parametrize(
    ("told", "fact_and_cure"),
    [
        ("{accounts_receivable: both}", "write one of 'tieout', 'erp' or 'none'"),
        ("{deferred_revenue: tieout}", "`deferred_revenue` of US cannot be revalued: it is no monetary role"),
        ("{accounts_recievable: tieout}", "did you mean `accounts_receivable`?"),
        (
            "{processor_clearing: tieout, customer_credits: erp}",
            "account 1050 of US is revalued by `erp` as customer_credits and by `tieout` as processor_clearing; say the same",
        ),
    ],
)
def test_no_account_is_revalued_twice_and_none_that_holds_no_money(
    folder: Path, edit: Edit, told: str, fact_and_cure: str
) -> None:
    edit(CHART, 'customer_credits: "2050"', 'customer_credits: "1050"')
    edit(ENTITIES, "  chart: default\n", f"  chart: default\n  revaluation: {told}\n")
    found = refusal(folder)
    assert any(one.startswith(ENTITIES) and fact_and_cure in one for one in found), found


def test_revenue_before_its_invoice_needs_an_account_that_keeps_it_and_nobody_has_to_want_it(
    folder: Path, edit: Edit
) -> None:
    edit(CHART, '  unbilled_receivable: "1250"\n', "")
    found = refusal(folder)
    assert found[0] == (
        f"{ENTITIES}:{line_of('arrears: service_period', file=ENTITIES)}: US books revenue in its `service_period`, and chart "
        "`default` has no account for role `unbilled_receivable`; add it under `roles`, or write `arrears: invoice_date`."
    )
    for _ in found:  # one legal entity each
        edit(ENTITIES, "  arrears: service_period\n", "")
    settings = load_configuration(folder).entity_settings
    assert {each.arrears for each in settings.values()} == {Arrears.INVOICE_DATE}


def test_what_is_not_billed_yet_is_kept_on_an_asset(folder: Path, edit: Edit) -> None:
    edit(CHART, '  unbilled_receivable: "1250"', '  unbilled_receivable: "4010"')
    fact = "account 4010, which keeps what US has not billed yet (role `unbilled_receivable`), is no asset"
    assert any(fact in one for one in refusal(folder))


@pytest.mark.parametrize(
    ("role", "told", "at", "fact_and_cure"),
    [
        ("processor_clearing", ['{processor_account: a, account: "1050"}'], None, None),
        (
            "processor_clearing",
            ['{processor_account: a, account: "1050"}', '{currency: EUR, account: "1055"}'],
            2,
            "accounts 1050 and 1055 would both be for some money; give both the same keys",
        ),
        ("processor_clearing", ['{account: "1050"}'], 1, "say which money it is for: currency, processor_account; or"),
        (
            "processor_clearing",
            ['{bank_account_ref: a, account: "1050"}'],
            1,
            "`bank_account_ref` does not tell money of this role apart",
        ),
        ("processor_clearing", ['{processor_acount: a, account: "1050"}'], 1, "did you mean `processor_account`?"),
        ("processor_clearing", ['{currency: EURO, account: "1050"}'], 1, "`EURO` is no currency of ISO 4217; did you"),
        ("processor_clearing", ['{currency: EUR, account: "10500"}'], 1, "names account 10500, which chart `default`"),
        ("processor_clearing", ["{currency: EUR, account: 1050}"], 1, "write it in quotes"),
        ("processor_clearing", ["{currency: EUR}"], 1, "the key `account` is missing; add it."),
        ("accounts_receivable", ['{currency: EUR, account: "1100"}'], 0, "give it one account. A list is for: bank, "),
    ],
)
def test_a_role_with_several_accounts_says_of_each_which_money_it_is_for(
    folder: Path, edit: Edit, role: str, told: list[str], at: int | None, fact_and_cure: str | None
) -> None:
    line = line_of(f"  {role}:", file=CHART)
    account = load_configuration(folder).charts["default"].roles[role]
    edit(CHART, f'  {role}: "{account}"\n', "".join([f"  {role}:\n", *(f"    - {each}\n" for each in told)]))
    if at is None or fact_and_cure is None:
        assert load_configuration(folder).charts["default"].codes_of(role) == ("1050",)
        return
    found = refusal(folder)
    assert any(one.startswith(f"{CHART}:{line + at}: ") and fact_and_cure in one for one in found), found


def test_all_faults_of_all_files_are_reported_together(folder: Path, edit: Edit) -> None:
    edit(INVOICES, "event: invoice.issued", "event: invoice.isued")
    edit(INVOICES, "effective_from: 2000-01-01", "effective_from: never")
    edit("legal_entities.yaml", "functional_currency: USD", "functional_currency: USX")
    edit("sources.yaml", "system: postgres", "system: oracle")
    edit("sources.yaml", "tenant: main", "tennant: main")
    files = [line.split(":")[0] for line in refusal(folder)]
    assert files == ["legal_entities.yaml", INVOICES, "sources.yaml", "sources.yaml", "sources.yaml"]


def test_a_missing_an_empty_and_an_unread_file_are_each_named(folder: Path) -> None:
    (folder / "sources.yaml").unlink()
    (folder / "erps.yaml").write_text("# nothing\n", encoding="utf-8")
    (folder / "posting_rules/70_fees.yml").write_text("[]\n", encoding="utf-8")
    findings = "\n".join(refusal(folder))
    assert "sources.yaml:1: the file is missing" in findings
    assert "erps.yaml:1: the file is empty" in findings
    assert "70_fees.yml:1: nothing reads this file" in findings


def test_norway_is_a_legal_entity_and_not_a_boolean(folder: Path, edit: Edit) -> None:
    edit("legal_entities.yaml", "JP:", "NO:")
    edit("erps.yaml", "JP:", "NO:")
    edit("close_calendars/japan.yaml", "[JP]", "[NO]")
    assert "NO" in load_configuration(folder).legal_entities


@pytest.mark.parametrize(
    ("old", "new", "line", "fact_and_cure"),
    [
        ("direct, max_age_days: 5}", "direct, max_age_days: -1}", 15, "`max_age_days` is -1; "),
        (
            "treasury, direction: direct, max",
            "treasury, direction: sideways, max",
            15,
            "`direction` is 'sideways'; write one of 'direct' or 'inverse'.",
        ),
        (
            "  average: {source: treasury, direction: direct, max_age_days: 31}\n",
            "",
            14,
            "`average` has no default; add it.",
        ),
        ("legal_entities: {}", "legal_entities: {UX: {}}", 20, "legal entity `UX` is unknown; "),
        (
            "legal_entities: {}",
            "legal_entities:\n  US:\n    tax: {source: ecb, direction: inverse, max_age_days: 5, through: {currency: EUX, direction: direct}}",
            22,
            "`EUX` is no currency of ISO 4217; did you mean `",
        ),
    ],
)
def test_a_fault_in_the_exchange_rates(
    folder: Path, edit: Edit, old: str, new: str, line: int, fact_and_cure: str
) -> None:
    edit("fx.yaml", old, new)
    [fault] = refusal(folder)
    assert fault.startswith(f"fx.yaml:{line}: ")
    assert fact_and_cure in fault


def test_an_entity_states_only_the_purposes_in_which_it_differs(folder: Path, edit: Edit) -> None:
    edit(
        "fx.yaml",
        "legal_entities: {}",
        "legal_entities:\n  JP:\n    tax: {source: boj, direction: direct, max_age_days: 3}",
    )
    fx = load_configuration(folder).fx
    assert fx["JP"].rates == {**fx["US"].rates, RatePurpose.TAX: RateSetting("boj", QuoteDirection.DIRECT, 3)}


def test_summarisation_as_it_was_is_the_default_and_all_dimensions_have_a_word(folder: Path, edit: Edit) -> None:
    shipped = load_configuration(folder).entity_settings["US"].summarisation
    said = (
        "summarisation: {by: day, entries: category, amounts: gross, dimensions: [product_line], reversal_style: swap}"
    )
    edit(ENTITIES, said, "summarisation: {dimensions: [product_line]}")
    assert load_configuration(folder).entity_settings["US"].summarisation == shipped
    edit(ENTITIES, "summarisation: {dimensions: [product_line]}", "summarisation: {by: period, dimensions: all}")
    changed = load_configuration(folder).entity_settings["US"].summarisation
    assert (str(changed.by), changed.dimensions) == ("period", ("department", "region", "product_line"))


def test_one_entry_for_all_categories_needs_a_journal_in_the_erp(folder: Path, edit: Edit) -> None:
    edit("erps.yaml", "    summary: SUMMARY  # for legal entities with `entries: all`\n", "")
    load_configuration(folder)
    edit(ENTITIES, "entries: category", "entries: all")
    [said] = refusal(folder)
    assert said == (
        f"{ENTITIES}:{line_of('entries: category', file=ENTITIES)}: legal entity US has one entry for all categories, "
        "and ERP `tryton` has no journal for category `summary`; add one under `journals` in erps.yaml, or write "
        "`entries: category`."
    )


def test_negative_reversals_are_refused_where_the_erp_takes_none(
    folder: Path, edit: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(ENTITIES, "reversal_style: swap", "reversal_style: negative")
    load_configuration(folder)
    monkeypatch.setattr(systems, "REVERSAL_STYLES", {"tryton": frozenset({ReversalStyle.SWAP})})
    [said] = refusal(folder)
    assert said == (
        f"{ENTITIES}:{line_of('reversal_style: swap', file=ENTITIES)}: reversals of legal entity US are `negative`, "
        "which ERP `tryton` (tryton) refuses; write one of: swap."
    )


def test_each_adapter_takes_the_styles_that_the_configuration_allows() -> None:
    erp = TrytonErp("http://localhost", "erp", "poster", "", companies={})
    assert erp.limits.reversal_styles == systems.REVERSAL_STYLES["tryton"]
