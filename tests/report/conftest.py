"""Nights to report: a billing system in memory, a real finance database, entries as an ERP would have taken them."""

from __future__ import annotations

from tests.accounting.conftest import module_books, one_bucket, own_company  # noqa: F401  (fixtures)
