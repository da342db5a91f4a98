"""What people do in a real Tryton is seen by the hop that can see it: an entry by hand, one moved, one deleted."""

from __future__ import annotations

from include.config.load import load_configuration
from include.pipelines.post import post_entity
from include.pipelines.tie_out_desk import EntityDesk
from include.pipelines.tie_out_entity import tie_out_entity
from include.sample.postgres import EmbeddedPostgres
from include.sample.tryton import TrytonServer
from include.store.database import FinanceDatabase
from tests.contract.erp_contract import journal_entry
from tests.posting.books import ERP, READ_INSTANT, US, posting_store, write_entries
from tests.posting.tryton_company import tryton_erp
from tests.tie_out.test_entity_hops import ACCOUNTS, ENTRIES, FOREIGN, LEDGER
from tests.tie_out.tied_night import different


def test_what_people_do_in_tryton_is_seen(
    postgres: EmbeddedPostgres, tryton: TrytonServer, erp_database: str, finance: FinanceDatabase
) -> None:
    erp = tryton_erp(tryton, erp_database)
    invoices, receipts = write_entries(finance, US, LEDGER)
    post_entity(erp, posting_store(finance), US, ERP, READ_INSTANT, actor="test")
    configuration = load_configuration()
    desk = EntityDesk(finance, erp, US, configuration.chart_of("US"), configuration.assignments())

    def tie_out() -> dict[tuple[int, str], str]:
        found = different(tie_out_entity(desk, READ_INSTANT, "test"))
        return {check: " / ".join(row.explanation for row in rows) for check, rows in found.items()}

    assert tie_out() == {}
    with postgres.connect("tryton", erp_database) as people:
        manual = erp.release(US, erp.create(US, journal_entry(US, ("1100", 2500), ("2000", -2500))))
        people.execute("update account_move set description = 'by hand' where id = %s", (manual.erp_id,))
        people.commit()
        found = tie_out()
        assert list(found) == [FOREIGN]
        assert f"{manual.number} of 2026-01-31 by " in found[FOREIGN]
        assert "an unknown user" not in found[FOREIGN]
        reversal = erp.release(US, erp.create(US, journal_entry(US, ("1100", -2500), ("2000", 2500))))
        people.execute("update account_move set description = 'taken back' where id = %s", (reversal.erp_id,))
        people.commit()
        assert tie_out() == {}

        people.execute("update account_move set date = '2026-01-30' where description = %s", (receipts,))
        people.commit()
        assert list(tie_out()) == [ENTRIES]
        people.execute("update account_move set date = '2026-01-31' where description = %s", (receipts,))

        ours = "(select id from account_move where description = %s)"
        people.execute(f"delete from account_move_line where move in {ours}", (invoices,))
        people.execute("delete from account_move where description = %s", (invoices,))
        people.commit()
        found = tie_out()
        assert set(found) == {ENTRIES, (4, "entry_lines"), ACCOUNTS}
        assert found[ENTRIES] == f"1 missing in the ERP: {invoices}"
