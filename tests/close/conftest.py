"""The close shares the companies of accounting."""

from tests.accounting.conftest import module_books, one_bucket, own_company  # noqa: F401  (fixtures)
