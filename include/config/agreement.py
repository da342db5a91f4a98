"""Whether the parts of a configuration fit each other: rules with charts, entities with ERPs and owners."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from include.config.configuration import Configuration, ErpSettings
from include.config.findings import Findings, one_of
from include.config.yaml_file import YamlFile
from include.finance.chart import AccountType, Chart
from include.finance.entity_settings import Arrears, EntryPer, Summarisation
from include.finance.events import CATALOGUE, EventType
from include.finance.journal import JournalCategory
from include.finance.posting_rule import Condition, PostingRule, RuleSet
from include.finance.revaluation import MONETARY_ROLES, Revaluer
from include.finance.rule_coverage import Coverage, cover

# What the engine books by itself, besides the posting rules.
ROLES_OF_THE_ENGINE = frozenset({"realised_fx", "fx_conversion_cost", "exchange_clearing", "rounding", "unrealised_fx"})
# ... and where revenue is booked before its invoice.
UNBILLED = "unbilled_receivable"


# What only those need who book their bank accounts here.
BANK_ROLE, BANK_EVENT = "bank", "payout.arrived"


def check_rules(
    rules: RuleSet,
    charts_by_entity: Mapping[str, Chart],
    banking: Collection[str],
    rules_folder: str,
    findings: Findings,
) -> None:
    """Every role resolves, and every event that can occur is booked by one rule in every legal entity on every day.

    `banking` are the legal entities that book bank accounts.
    """
    for rule in rules.rules:
        for code in rule.legal_entities or charts_by_entity:
            chart = charts_by_entity[code]
            needless = {BANK_ROLE} if code not in banking and _is_of_bank(rule) else set()
            for role in sorted(rule.roles - chart.all_roles() - needless):
                fact = f"rule `{rule.id}`: role `{role}` has no account in chart `{chart.name}` of {code}"
                findings.add_at(rule.where, f"{fact}; {one_of(role, chart.all_roles())}")
    for event in CATALOGUE:
        if event.is_supported:
            _check_coverage(event, rules, list(charts_by_entity), banking, rules_folder, findings)


def _is_of_bank(rule: PostingRule) -> bool:
    """Whether a rule books nothing but what happens on a bank account that is booked here."""
    return rule.event == BANK_EVENT or rule.when.get("channel") == Condition.one_of("bank")


def _check_coverage(
    event: EventType,
    rules: RuleSet,
    entity_codes: list[str],
    banking: Collection[str],
    rules_folder: str,
    findings: Findings,
) -> None:
    """Each event that can occur has one winning rule, and each rule wins some."""
    own = {rule.id: rule for rule in rules.of_event(event.name)}
    if not own:
        if event.name != BANK_EVENT or banking:
            findings.add(rules_folder, 1, f"event `{event.name}` has no posting rule; add one.")
        return
    coverage = cover(event, rules, entity_codes, banking)
    for gap in coverage.gaps:
        cure = "add a rule, or widen a condition or the dates of one."
        findings.add_at(
            min((rule.where for rule in own.values()), key=_place), f"no rule for {event.name} of {gap}; {cure}"
        )
    for ids, example in coverage.ties.items():
        first, *others = sorted((own[name] for name in ids), key=lambda rule: _place(rule.where))
        for second in others:
            text = (
                f"rule `{second.id}` and rule `{first.id}` at {first.where} fit {event.name} of {example} equally well; "
                "add a condition to one of them, or end one before the other starts."
            )
            findings.add_at(second.where, text)
    tied = {name for ids in coverage.ties for name in ids}
    for rule in own.values():
        if rule.id not in coverage.winners | tied:
            findings.add_at(rule.where, _unreachable(rule, own, coverage))


def _unreachable(rule: PostingRule, own: Mapping[str, PostingRule], coverage: Coverage) -> str:
    winners = sorted(coverage.beaten_by.get(rule.id, ()))
    if not winners:
        return f"rule `{rule.id}` never wins: no {rule.event} that can occur meets its conditions; change or remove it."
    better = ", ".join(f"`{name}` at {own[name].where}" for name in winners)
    return f"rule `{rule.id}` never wins: where it fits, {better} fits better; change or remove it."


def _place(where: str) -> tuple[str, int]:
    file, _, line = where.rpartition(":")
    return file, int(line)


def check_charts(charts_by_entity: Mapping[str, Chart], charts_folder: str, findings: Findings) -> None:
    """Every chart has the accounts on which the engine books what no rule can name."""
    for code, chart in charts_by_entity.items():
        for role in sorted(ROLES_OF_THE_ENGINE - chart.roles.keys()):
            text = f"chart `{chart.name}` of {code} has no account for role `{role}`; add it under `roles`."
            findings.add(f"{charts_folder}/{chart.name}.yaml", 1, text)


def check_entities(configuration: Configuration, entities: YamlFile, exceptions: YamlFile, findings: Findings) -> None:
    """Every entity is a company of its ERP, and somebody owns each responsibility that an exception names."""
    for code, entity in configuration.legal_entities.items():
        erp = configuration.erps[entity.erp_code]
        if code not in erp.companies:
            text = f"ERP `{erp.code}` has no company for legal entity {code}; add it under `companies` in erps.yaml."
            findings.add(entities.name, entities.line_of((code, "erp")), text)
        _check_summarisation(erp, code, configuration.entity_settings[code].summarisation, entities, findings)
        _check_revaluation(configuration, code, entities, findings)
        _check_arrears(configuration, code, entities, findings)
        _check_bank(configuration, code, entities, findings)
        owners = configuration.entity_settings[code].owners
        for rule in configuration.exception_rules.values():
            if rule.owner not in owners:
                fact = f"owner `{rule.owner}` of `{rule.name}` is nobody in legal entity {code}"
                line = exceptions.line_of((rule.name, "owner"))
                findings.add(exceptions.name, line, f"{fact}; {one_of(rule.owner, owners)}")


def check_desk(configuration: Configuration, file: YamlFile, findings: Findings) -> None:
    """Somebody in each legal entity has the responsibility that a rule of the exceptions desk names."""
    for number, rule in enumerate(configuration.desk.rules):
        for code in rule.legal_entities or configuration.legal_entities:
            owners = configuration.owners_by_entity()[code]
            if rule.owner is not None and rule.owner not in owners:
                fact = f"owner `{rule.owner}` is nobody in legal entity {code}"
                findings.add(
                    file.name, file.line_of(("rules", number, "owner")), f"{fact}; {one_of(rule.owner, owners)}"
                )


def _check_summarisation(
    erp: ErpSettings, code: str, summarisation: Summarisation, entities: YamlFile, findings: Findings
) -> None:
    """The ERP takes entries as the legal entity wants them written."""
    if summarisation.entries is EntryPer.ALL and JournalCategory.SUMMARY not in erp.journals:
        text = (
            f"legal entity {code} has one entry for all categories, and ERP `{erp.code}` has no journal for category "
            "`summary`; add one under `journals` in erps.yaml, or write `entries: category`."
        )
        findings.add(entities.name, entities.line_of((code, "summarisation", "entries")), text)
    style = summarisation.reversal_style
    if style not in erp.reversal_styles:
        text = (
            f"reversals of legal entity {code} are `{style}`, which ERP `{erp.code}` ({erp.system}) refuses; "
            f"write one of: {', '.join(sorted(erp.reversal_styles))}."
        )
        findings.add(entities.name, entities.line_of((code, "summarisation", "reversal_style")), text)


def _check_arrears(configuration: Configuration, code: str, entities: YamlFile, findings: Findings) -> None:
    """What is revenue before its invoice has an account that keeps it until then."""
    chart = configuration.chart_of(code)
    if configuration.entity_settings[code].arrears is not Arrears.SERVICE_PERIOD:
        return
    line = entities.line_of((code, "arrears"))
    if UNBILLED not in chart.roles:
        text = (
            f"{code} books revenue in its `service_period`, and chart `{chart.name}` has no account for role `{UNBILLED}`; "
            "add it under `roles`, or write `arrears: invoice_date`."
        )
        findings.add(entities.name, line, text)
    elif chart.account_of(UNBILLED).type is not AccountType.ASSET:
        text = (
            f"account {chart.roles[UNBILLED]}, which keeps what {code} has not billed yet (role `{UNBILLED}`), is no asset; "
            f"give the role another account in chart `{chart.name}`, or write `arrears: invoice_date`."
        )
        findings.add(entities.name, line, text)


def _check_bank(configuration: Configuration, code: str, entities: YamlFile, findings: Findings) -> None:
    """Who books a bank account has it in its chart, and nobody else posts to it."""
    if not configuration.entity_settings[code].bank_books.is_any:
        return
    chart, line = configuration.chart_of(code), entities.line_of((code, "books_bank"))
    codes = chart.codes_of(BANK_ROLE)
    if not codes:
        fact = f"legal entity {code} books its bank, and chart `{chart.name}` has no account for role `{BANK_ROLE}`"
        findings.add(entities.name, line, f"{fact}; add the account, exclusive, and the role to the chart.")
    for account in codes:
        if not chart.accounts[account].is_exclusive:
            text = (
                f"legal entity {code} books its bank, and account {account} of chart `{chart.name}` is shared: the ERP would book "
                "the same money again; declare it `posted_by: exclusive`, or leave `books_bank` out."
            )
            findings.add(entities.name, line, text)


def _check_revaluation(configuration: Configuration, code: str, entities: YamlFile, findings: Findings) -> None:
    """Each role is one that can be revalued, and no account is revalued both here and in the ERP."""
    chart, stated = configuration.chart_of(code), configuration.entity_settings[code].revaluation
    by_account: dict[str, tuple[str, Revaluer]] = {}
    for role, revaluer in stated.items():
        line = entities.line_of((code, "revaluation", role))
        if role not in MONETARY_ROLES or role not in chart.all_roles():
            known = [name for name in MONETARY_ROLES if name in chart.all_roles()]
            text = (
                f"`{role}` of {code} cannot be revalued: it is no monetary role with an account; {one_of(role, known)}"
            )
            findings.add(entities.name, line, text)
            continue
        for account in chart.codes_of(role):
            other, same = by_account.setdefault(account, (role, revaluer))
            if same is not revaluer:
                text = (
                    f"account {account} of {code} is revalued by `{revaluer}` as {role} and by `{same}` as {other}; "
                    "say the same of both, or give one of them an account of its own."
                )
                findings.add(entities.name, line, text)
