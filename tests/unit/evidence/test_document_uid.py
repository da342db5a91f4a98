"""The name of a document is the same for everyone who computes it, and no two documents share one."""

from __future__ import annotations

import hashlib
from pathlib import Path
from uuid import UUID

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from include.evidence.duck import open_duckdb, read_sql

Parts = tuple[str, str, str, str]

_connection = duckdb.connect()
_connection.execute(read_sql("document_uid"))
_words = st.text(alphabet="ab|:1é\x01", max_size=6)
_parts = st.tuples(_words, _words, _words, _words)


def _uid(parts: Parts) -> tuple[UUID, int]:
    row = _connection.execute(
        "select document_uid($1, $2, $3, $4) as uid, document_bucket(document_uid($1, $2, $3, $4))", list(parts)
    ).fetchone()
    assert row is not None
    return row[0], row[1]


@given(_parts)
@settings(max_examples=60, deadline=None)
def test_the_name_is_the_digest_of_the_four_parts_with_their_lengths(parts: Parts) -> None:
    text = "|".join(f"{len(part.encode())}:{part}" for part in parts)
    digest = hashlib.sha256(text.encode()).hexdigest()
    uid, bucket = _uid(parts)
    assert uid == UUID(digest[:32])
    assert bucket == int(digest[30:32], 16) % 8


@given(_parts, _parts)
@settings(max_examples=60, deadline=None)
def test_different_documents_have_different_names(one: Parts, other: Parts) -> None:
    assert (_uid(one)[0] == _uid(other)[0]) == (one == other)


def test_a_document_without_an_id_has_no_name() -> None:
    row = _connection.execute("select document_uid('pg', 'main', 'invoice', null)").fetchone()
    assert row == (None,)


def test_the_engine_of_evidence_spills_into_scratch_and_loads_no_extension(tmp_path: Path) -> None:
    with open_duckdb(tmp_path) as connection:
        found = dict(
            connection.execute(
                """
                select name, value from duckdb_settings() where name in
                    ('temp_directory', 'threads', 'autoinstall_known_extensions', 'autoload_known_extensions')
                """
            ).fetchall()
        )
    assert found == {
        "temp_directory": str(tmp_path / "spill"),
        "threads": "2",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
