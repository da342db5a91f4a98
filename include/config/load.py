"""Loading the configuration: read every file, check each by itself, then all of them together."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from include.config.agreement import check_charts, check_desk, check_entities, check_rules
from include.config.charts import read_charts
from include.config.close_calendars import read_close_calendars
from include.config.configuration import Configuration
from include.config.exceptions_desk import read_desk
from include.config.findings import Findings
from include.config.fiscal_calendars import calendars_by_entity, read_fiscal_calendars
from include.config.folder import config_folder, shown_name
from include.config.fx import read_fx
from include.config.legal_entities import read_legal_entities
from include.config.mappings import read_mappings
from include.config.notifications import read_notifications
from include.config.period_close import read_period_close
from include.config.posting_rules import read_posting_rules
from include.config.quality_scores import read_quality_scores
from include.config.retention import read_retention
from include.config.systems import read_erps, read_exception_rules, read_sources
from include.config.yaml_file import YamlFile, read_yaml
from include.finance.posting_rule import RuleSet

_FILES = ("legal_entities", "sources", "erps", "exceptions", "fx")
_DESK = "exceptions_desk.yaml"  # may be missing: rule sets of before have none
_CLOSING = "period_close.yaml"  # likewise
_NOTICES = "notifications.yaml"  # likewise
_SCORES = "quality_scores.yaml"  # likewise
_RETENTION = "retention.yaml"  # likewise
_OPTIONAL = (_DESK, _CLOSING, _NOTICES, _SCORES, _RETENTION)
_CHARTS, _RULES, _MAPPINGS = "chart_of_accounts", "posting_rules", "mappings"
_FISCAL, _CLOSE = "fiscal_calendars", "close_calendars"
_FOLDERS = (_CHARTS, _RULES, _MAPPINGS, _FISCAL, _CLOSE)


def load_configuration(folder: Path | None = None) -> Configuration:
    """The configuration of a folder, by default the one in use.

    Raises one ConfigurationError with everything that is wrong, a line for each: file, line, fact and cure.
    """
    folder = folder or config_folder()
    findings = Findings()
    files = {path: read_yaml(path, findings) for path in _paths(folder, findings)}
    named = {path.stem: file for path, file in files.items() if path.parent == folder}
    charts = read_charts(_in_folder(files, _CHARTS), findings)
    codes = _keys(named["legal_entities"])
    erps = read_erps(named["erps"], codes, findings)
    chart_names = {path.stem for path in files if path.parent.name == _CHARTS}
    fiscal_files = _in_folder(files, _FISCAL)
    fiscal_calendars = read_fiscal_calendars(fiscal_files, findings)
    entities, settings = read_legal_entities(
        named["legal_entities"], chart_names, _keys(named["erps"]), findings, fiscal_files
    )
    close_calendars = read_close_calendars(
        _in_folder(files, _CLOSE), codes, entities, calendars_by_entity(settings, fiscal_calendars), findings
    )
    mappings = read_mappings(_in_folder(files, _MAPPINGS), codes, findings)
    rule_files = (file for path, file in files.items() if path.parent.name == _RULES)
    rules = RuleSet.of(read_posting_rules(rule_files, codes, mappings, findings), mappings)
    sources = read_sources(named["sources"], findings)
    exception_rules = read_exception_rules(named["exceptions"], findings)
    desk = read_desk(files.get(folder / _DESK), codes, sources, exception_rules, findings)
    closing, approval_hours = read_period_close(files.get(folder / _CLOSING), codes, erps, entities, findings)
    notices = read_notifications(files.get(folder / _NOTICES), codes, findings)
    scores = read_quality_scores(files.get(folder / _SCORES), codes, findings)
    retention = read_retention(files.get(folder / _RETENTION), codes, findings)
    fx = read_fx(named["fx"], codes, findings)
    findings.raise_if_any()  # what follows compares sound parts only, so that one fault is not reported as many
    texts = {path.relative_to(folder).as_posix(): path.read_bytes().decode() for path in sorted(files)}
    configuration = Configuration(
        entities,
        settings,
        charts,
        rules,
        sources,
        erps,
        exception_rules,
        fx,
        texts,
        sha256_of(texts),
        fiscal_calendars,
        close_calendars,
        desk,
        closing,
        approval_hours,
        notices,
        scores,
        retention,
    )
    banking = {code for code, each in settings.items() if each.bank_books.is_any}
    check_rules(rules, configuration.charts_by_entity(), banking, shown_name(folder / _RULES), findings)
    check_charts(configuration.charts_by_entity(), shown_name(folder / _CHARTS), findings)
    check_entities(configuration, named["legal_entities"], named["exceptions"], findings)
    if (folder / _DESK).is_file():
        check_desk(configuration, files[folder / _DESK], findings)
    findings.raise_if_any()
    return configuration


def _paths(folder: Path, findings: Findings) -> list[Path]:
    """The files to read. A YAML file that nothing reads is a fault, or its rules would be missed in silence."""
    wanted = [folder / f"{name}.yaml" for name in _FILES]
    wanted.extend(folder / name for name in _OPTIONAL if (folder / name).is_file())
    for part in _FOLDERS:
        wanted.extend(sorted((folder / part).glob("*.yaml")))
    for path in sorted((*folder.rglob("*.yaml"), *folder.rglob("*.yml"))):
        if path not in wanted:
            text = f"nothing reads this file; move it to {'/, '.join(_FOLDERS[:-1])}/ or {_FOLDERS[-1]}/ as .yaml, or remove it."
            findings.add(shown_name(path), 1, text)
    return wanted


def _in_folder(files: Mapping[Path, YamlFile], name: str) -> dict[str, YamlFile]:
    return {path.stem: file for path, file in files.items() if path.parent.name == name}


def _keys(file: YamlFile) -> set[str]:
    return set(file.content) if isinstance(file.content, dict) else set()


def sha256_of(files: Mapping[str, str]) -> str:
    """A hash over the names and bytes of configuration files: what a batch names as its rule set."""
    digest = hashlib.sha256()
    for name in sorted(files, key=lambda name: name.split("/")):
        for part in (name.encode(), files[name].encode()):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()
