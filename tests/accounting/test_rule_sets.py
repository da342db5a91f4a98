"""What a batch was accounted by can be read again: its rule set is kept with it, as it was."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from include.config.folder import PACKAGE_FOLDER
from include.config.kept import load_kept, quote_rule
from include.config.load import load_configuration
from include.finance.errors import ConfigurationError, EvidenceError
from include.store.rule_sets import read_rule_set
from tests.accounting.billing import invoice, line
from tests.accounting.company import SHIPPED, Company
from tests.accounting.evidence import entries

pytestmark = pytest.mark.long  # `make test` runs those marked core

OLD = "{credit: deferred_revenue,    amount: net}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    target = tmp_path / "config"
    shutil.copytree(PACKAGE_FOLDER, target, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return target


def hash_of(company: Company, batch_id: object) -> str:
    [row] = company.rows("select rule_set_sha256 from batch where id = %s", batch_id)
    return str(row["rule_set_sha256"])


def test_the_rule_of_an_old_entry_is_read_as_it_was_after_it_was_changed(own_company: Company, folder: Path) -> None:
    first = own_company.night(invoice("I-1", "01-15", line(900, "ratable")))
    path = folder / "posting_rules/10_invoices.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("deferred_revenue, ", "service_revenue,  ", 1), "utf-8")
    own_company.configuration = load_configuration(folder)
    second = own_company.night(invoice("I-2", "01-16", line(500, "ratable")))

    revenue = [row for row in entries(own_company, first) if row["amount_minor"] < 0]
    assert [(row["rule_id"], row["account_code"]) for row in revenue] == [("invoice-deferred", "2100")]
    then, now = (read_rule_set(own_company.finance, hash_of(own_company, each.batch_id)) for each in (first, second))
    quoted = quote_rule(then.files, "invoice-deferred")
    assert quoted.where == "posting_rules/10_invoices.yaml:5"
    assert quoted.text.startswith("- rule: invoice-deferred\n  event: invoice.issued\n")
    assert OLD in quoted.text
    assert quoted.text.endswith("{credit: tax_payable,         amount: tax}")
    assert OLD not in quote_rule(now.files, "invoice-deferred").text
    assert then.first_used_at < now.first_used_at


def test_a_kept_rule_set_loads_as_the_configuration_it_was(own_company: Company) -> None:
    accounted = own_company.night(invoice("I-1", "01-15", line(900)))
    again = load_kept(read_rule_set(own_company.finance, hash_of(own_company, accounted.batch_id)).files)
    assert again.sha256 == SHIPPED.sha256
    assert again.rules.sha256 == SHIPPED.rules.sha256
    assert again.charts == SHIPPED.charts


def test_nights_by_the_same_rules_share_one_rule_set(own_company: Company) -> None:
    own_company.night(invoice("I-1", "01-15", line(900)))
    own_company.night(invoice("I-2", "01-16", line(900)))
    assert own_company.rows("select sha256 from rule_set") == [{"sha256": SHIPPED.sha256}]


@pytest.mark.core
def test_a_rule_set_that_is_unknown_or_was_changed_is_refused(own_company: Company) -> None:
    accounted = own_company.night(invoice("I-1", "01-15", line(900)))
    sha256 = hash_of(own_company, accounted.batch_id)
    with pytest.raises(EvidenceError, match="no batch was accounted by it"):
        read_rule_set(own_company.finance, "0" * 64)
    with pytest.raises(ConfigurationError, match="`invoice-defered` is in none of the files"):
        quote_rule(SHIPPED.files, "invoice-defered")
    with own_company.finance.transaction() as connection:
        changed = {**SHIPPED.files, "sources.yaml": "{}"}
        connection.execute(
            "insert into rule_set (sha256, files) values (%s, %s::jsonb)", ("1" * 64, json.dumps(changed))
        )
    assert read_rule_set(own_company.finance, sha256).files == SHIPPED.files
    with pytest.raises(EvidenceError, match="restore it from a backup"):
        read_rule_set(own_company.finance, "1" * 64)


@pytest.mark.core
def test_the_application_can_add_rule_sets_and_never_change_them(own_company: Company) -> None:
    rights = (
        "select privilege_type from information_schema.role_table_grants where table_name = 'rule_set' and grantee = %s"
    )
    assert {row["privilege_type"] for row in own_company.rows(rights, "finance_writer")} == {"INSERT", "SELECT"}
