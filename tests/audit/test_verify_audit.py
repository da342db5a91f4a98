"""Whatever is done to the audit log past its rules, by whoever may do anything, is found and named."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from include.commands.audit import verified_lines
from include.finance.errors import AuditChainError, EvidenceError
from include.pipelines.audit_anchors import acknowledge_restore, anchor_head
from include.store import audit_log
from include.store.database import FinanceDatabase
from tests.audit.conftest import LoggedBooks

# The chain written anew from a link on, as one would who knows how: every hash fits again.
_FORGE = """
do $$
declare r record; was bytea;
begin
    select hash into was from audit_chain where seq < {seq} order by seq desc limit 1;
    for r in select c.seq, c.log_id, c.subject, l from audit_chain as c join audit_log as l on l.id = c.log_id where c.seq >= {seq} order by c.seq loop
        update audit_chain set row_sha256 = sha256(convert_to(audit_content(r.l), 'UTF8')) where seq = r.seq;
        update audit_chain set hash = audit_link_hash(was, seq, log_id, subject, row_sha256) where seq = r.seq returning hash into was;
    end loop;
end $$
"""


def first_fault(logged: LoggedBooks) -> str:
    verified = logged.verify()
    assert not verified.is_whole
    return verified.faults[0]


def test_a_changed_row_is_named_with_what_it_says_now(logged: LoggedBooks) -> None:
    logged.tamper("update audit_log set person = 'eve' where subject_id = 'US 2026-02'")
    assert first_fault(logged).startswith(
        "link 3, accounting_period US 2026-02: row 3 was changed after it was sealed; it says now: accounting_period US 2026-02 open at "
    )
    assert first_fault(logged).endswith("by test for eve as finance_writer")
    assert len(logged.verify().faults) == 1


def test_no_field_of_a_row_can_be_changed(logged: LoggedBooks) -> None:
    logged.tamper("create table tieout.sealed as select * from tieout.audit_log where id = 3")
    for field, value in (
        ("at", "at + interval '1 microsecond'"),
        ("db_role", "'finance_owner'"),
        ("actor", "'other'"),
        ("person", "null"),
        ("run_id", "null"),
        ("is_witnessed", "false"),
        ("action", "'closed'"),
        ("subject_type", "'batch'"),
        ("subject_id", "'US 2026-09'"),
        ("legal_entity_code", "null"),
        ("correlation_id", "''"),
        ("before", "'{}'"),
        ("after", 'after || \'{"state": "closed"}\''),
        ("xact", "'1'"),
    ):
        logged.tamper(f"update audit_log set {field} = {value} where id = 3")
        assert first_fault(logged).startswith("link 3, accounting_period US 2026-02: row 3 was changed"), field
        logged.tamper(f"update audit_log set {field} = (select {field} from sealed) where id = 3")
        assert logged.verify().is_whole


def test_a_deleted_row_is_named_by_what_it_was_about(logged: LoggedBooks) -> None:
    logged.tamper("delete from audit_log where id = 4")
    assert first_fault(logged) == "link 4, accounting_period US 2026-01: its row 4 was deleted from audit_log"


def test_a_row_deleted_with_its_link_leaves_a_gap(logged: LoggedBooks) -> None:
    logged.tamper("delete from audit_log where id in (3, 4)", "delete from audit_chain where seq in (3, 4)")
    assert (
        first_fault(logged)
        == "link 3, before accounting_period US 2026-03: links 3 to 4 are gone; row 5 of link 5 comes next"
    )


def test_a_gap_that_is_closed_by_numbering_anew_shows(logged: LoggedBooks) -> None:
    logged.tamper(
        "delete from audit_log where id = 4",
        "delete from audit_chain where seq = 4",
        "update audit_chain set seq = seq - 1 where seq > 4",
    )
    assert first_fault(logged).startswith("link 4, accounting_period US 2026-03: the link itself was changed")


def test_the_first_row_cannot_go_either(logged: LoggedBooks) -> None:
    logged.tamper("delete from audit_log where id = 1", "delete from audit_chain where seq = 1")
    assert (
        first_fault(logged) == "link 1, before accounting_period US 2026-01: link 1 is gone; row 2 of link 2 comes next"
    )


def test_a_row_that_was_put_in_is_named(logged: LoggedBooks) -> None:
    logged.tamper(
        "insert into audit_log (id, action, subject_type, subject_id) overriding system value values (900, 'verified', 'journal_entry', 'XYZ')"
    )
    assert first_fault(logged).startswith(
        "link 6, journal_entry XYZ: row 900 has no link: it was put in past the triggers. It says: journal_entry XYZ verified"
    )


def test_a_row_put_in_with_a_link_does_not_fit_the_next_one(logged: LoggedBooks) -> None:
    logged.tamper(
        "insert into audit_log (id, action, subject_type, subject_id) overriding system value values (900, 'verified', 'journal_entry', 'XYZ')",
        "update audit_chain set seq = -seq where seq > 3",
        "update audit_chain set seq = 1 - seq where seq < 0",
        "insert into audit_chain select 4, l.id, 'journal_entry XYZ', sha256(convert_to(audit_content(l), 'UTF8')),"
        " audit_link_hash((select hash from audit_chain where seq = 3), 4, 900, 'journal_entry XYZ', sha256(convert_to(audit_content(l), 'UTF8')))"
        " from audit_log as l where id = 900",
    )
    assert first_fault(logged).startswith(
        "link 5, accounting_period US 2026-01: the link itself was changed, or one before it"
    )


def test_swapped_rows_are_told_from_changed_ones(logged: LoggedBooks) -> None:
    logged.tamper(
        "create table tieout.other as select * from tieout.audit_log where id in (3, 5)",
        "update audit_log as l set xact = o.xact, at = o.at, db_role = o.db_role, actor = o.actor, action = o.action, subject_id = o.subject_id,"
        " before = o.before, after = o.after from other as o where l.id in (3, 5) and o.id = 8 - l.id",
    )
    assert logged.verify().faults == (
        "link 3, accounting_period US 2026-02: row 3 holds what link 5 (accounting_period US 2026-03) sealed: rows were swapped",
        "link 5, accounting_period US 2026-03: row 5 holds what link 3 (accounting_period US 2026-02) sealed: rows were swapped",
    )


def test_swapped_links_are_found(logged: LoggedBooks) -> None:
    logged.tamper(
        "update audit_chain set seq = 1000 where seq = 3",
        "update audit_chain set seq = 3 where seq = 4",
        "update audit_chain set seq = 4 where seq = 1000",
    )
    assert first_fault(logged).startswith("link 3, accounting_period US 2026-01: the link itself was changed")


def test_a_cut_tail_is_found_by_the_head_that_was_written_down(logged: LoggedBooks) -> None:
    written = anchor_head(logged.finance, logged.evidence)
    assert written is not None
    assert anchor_head(logged.finance, logged.evidence) is None
    assert logged.verify().is_whole
    logged.tamper("delete from audit_log where id >= 4", "delete from audit_chain where seq >= 4")
    said = first_fault(logged)
    assert said.startswith("link 4, cut off: the chain ends at link 3, and it had link 5 at ")
    assert Path(written).name in said
    # And also when the chain has grown again to where it was.
    for name in ("2026-05", "2026-06"):
        logged.set_period(name, "open")
    assert first_fault(logged).startswith(
        "link 1 or later, written anew: link 5 has another hash than when it had link 5"
    )


def test_a_restored_database_is_excused_by_a_persons_word_and_shown_for_good(logged: LoggedBooks) -> None:
    with pytest.raises(AuditChainError, match="there is no restore to speak of"):
        acknowledge_restore(logged.finance, logged.evidence, by="ann", reason="a backup")
    anchor_head(logged.finance, logged.evidence)
    logged.set_period("2026-04", "open")
    anchor_head(logged.finance, logged.evidence)
    logged.tamper("delete from audit_log where id >= 6", "delete from audit_chain where seq >= 6")
    assert not logged.verify().is_whole
    with pytest.raises(AuditChainError, match="Say who says so and why"):
        acknowledge_restore(logged.finance, logged.evidence, by="ann", reason=" ")
    acknowledge_restore(logged.finance, logged.evidence, by="ann", reason="backup of Monday, after a disk failed")
    verified = logged.verify()
    assert verified.is_whole
    assert [(each.by, each.reason, len(each.lost)) for each in verified.restores] == [
        ("ann", "backup of Monday, after a disk failed", 1)
    ]
    assert logged.rows("action = 'restored'")
    # What is cut off later is no part of that.
    anchor_head(logged.finance, logged.evidence)
    logged.tamper("delete from audit_log where id >= 5", "delete from audit_chain where seq >= 5")
    assert first_fault(logged).startswith("link 5, cut off: the chain ends at link 4, and it had link 5 at ")


def test_a_chain_written_anew_does_not_fit_what_was_written_down(logged: LoggedBooks) -> None:
    anchor_head(logged.finance, logged.evidence)
    logged.set_period("2026-04", "open")
    logged.set_period("2026-04", "closed")
    anchor_head(logged.finance, logged.evidence)
    logged.tamper("update audit_log set person = 'eve' where id = 6", _FORGE.format(seq=6))
    assert first_fault(logged).startswith("link 6 or later, written anew: link 7 has another hash")
    assert "the last anchor that it agrees with is link 5" in first_fault(logged)


def test_another_databases_anchors_in_the_same_place_are_told_and_not_mixed_up(logged: LoggedBooks) -> None:
    anchor_head(logged.finance, logged.evidence)
    logged.evidence.put_bytes(b'{"seq": 1, "sha256": "", "at": ""}', "audit/finance%20old/heads/000000000001-x.json")
    verified = logged.verify()
    assert (verified.is_whole, verified.anchor_count, verified.other_databases) == (True, 1, ("finance old",))
    assert any("finance old" in text for text in verified_lines(verified))


def test_an_altered_anchor_is_named(logged: LoggedBooks) -> None:
    written = Path(str(anchor_head(logged.finance, logged.evidence)))
    content = json.loads(written.read_text())
    written.write_text(json.dumps(content | {"sha256": "00" * 32}))
    assert "another hash" in first_fault(logged)
    written.write_text("nothing")
    with pytest.raises(EvidenceError, match="is no anchor of the audit log"):
        logged.verify()


def test_a_trigger_that_was_taken_off_is_named(logged: LoggedBooks) -> None:
    logged.tamper(
        "alter table accounting_period disable trigger audit_update",
        "drop trigger audit_update on journal_entry",
        "alter table audit_log disable trigger seal",
        "create or replace function audit_rule_set() returns trigger language plpgsql as 'begin return null; end'",
        "create trigger quiet before insert on audit_log for each row execute function refuse_change()",
    )
    assert logged.verify().faults == (
        "trigger accounting_period.audit_update: is off: what it watches can be changed without a trace",
        "trigger audit_log.quiet: is there, and no migration made it",
        "trigger audit_log.seal: is off: what it watches can be changed without a trace",
        "trigger journal_entry.audit_update: is gone: what it watched could be changed without a trace",
        *(
            f"trigger rule_set.audit_{what}: does something else than when it was made"
            for what in ("delete", "insert", "truncate", "update")
        ),
    )


def test_a_log_that_was_dumped_and_loaded_elsewhere_holds_and_goes_on(logged: LoggedBooks, tmp_path: Path) -> None:
    server, dump, name = logged.postgres, tmp_path / "dump", f"{logged.database}_loaded"
    place = ["--host=127.0.0.1", f"--port={server.port}", "--username=postgres"]
    server.create_database(name, "finance_owner")
    for program, *words in (
        ("pg_dump", "--format=custom", f"--file={dump}", f"--dbname={logged.database}"),
        ("pg_restore", "--exit-on-error", f"--dbname={name}", str(dump)),
    ):
        subprocess.run([str(server.programs / program), *place, *words], env=server.environment("postgres"), check=True)
    loaded = replace(
        logged,
        finance=FinanceDatabase(server.dsn("finance_writer", name)),
        auditor=FinanceDatabase(server.dsn("auditor", name)),
    )
    assert loaded.verify().faults == ()
    loaded.set_period("2026-07", "open")
    verified = loaded.verify()
    assert verified.is_whole
    assert verified.head is not None
    assert verified.head.seq == 6
    server.drop_database(name)


def test_the_walk_finds_faults_across_stretches(logged: LoggedBooks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_log, "_STRETCH", 2)
    assert logged.verify().is_whole
    logged.tamper("delete from audit_chain where seq in (3, 4)")
    faults = logged.verify().faults
    assert faults[0].startswith("link 3, before accounting_period US 2026-03: links 3 to 4 are gone")
    assert [fault.split(":")[1].split(";")[0] for fault in faults[1:]] == [
        " row 3 has no link",
        " row 4 has no link",
    ]
