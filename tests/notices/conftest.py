"""Notices are told of companies of accounting."""

from __future__ import annotations

from tests.accounting.conftest import one_bucket, own_company  # noqa: F401  (fixtures)
