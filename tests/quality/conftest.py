"""The companies of the tests of accounting, for what their documents are judged by."""

from tests.accounting.conftest import company, one_bucket, shared_books  # noqa: F401
