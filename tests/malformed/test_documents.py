from __future__ import annotations
from collections import Counter
import json, os
import pytest
from psycopg import sql
from include.sample.postgres import EmbeddedPostgres
from tests.malformed.families import TABLES, Place, family
from tests.malformed.mutations import mutated, mutations
from tests.malformed.night import OpenBilling


def test_probe(postgres: EmbeddedPostgres, finance_template: str, tmp_path) -> None:
    postgres.drop_database("malformed_billing")
    postgres.drop_database("malformed_finance")
    postgres.create_database("malformed_billing", "billing_owner")
    postgres.create_database("malformed_finance", "finance_owner", finance_template)
    with postgres.admin() as admin:
        admin.execute("grant temporary on database malformed_finance to finance_writer")
    books = OpenBilling(postgres, "malformed_billing", "malformed_finance", tmp_path)
    books.make()
    skip = os.environ.get("SKIP", "").split(",") if os.environ.get("SKIP") else []
    cases = {}
    rows = []
    for n, m in enumerate(mutations()):
        if any(s in m.name for s in skip):
            continue
        f = mutated(m, f"M{n}")
        cases[str(f.document_id)] = m
        rows += f.own + f.beside
    for kind in TABLES:
        f = family(kind, Place(f"S-{kind}"))
        rows += f.own + f.beside
    print(len(cases), len(rows))
    books.write(rows)
    books.run()
    ex = books.exceptions()
    dec = {d["native_id"]: d for d in books.decisions()}
    out = {m.name: [sorted(e.rule for e in ex.get(i, [])), dec[i]["outcome"] if i in dec else "LOST", dec[i].get("reason") if i in dec else None] for i, m in cases.items()}
    json.dump(out, open("/tmp/out.json", "w"), indent=0)
    others = {i: [e.rule for e in v] for i, v in ex.items() if i not in cases}
    print("others", others)
