"""Documents that billing deleted for good."""

from __future__ import annotations

import great_expectations as gx
import great_expectations.expectations as gxe

from include.ports.canonical import DOCUMENT_TYPES
from include.quality.rule import SuiteSettings, stop, suite_of


def deletions_suite(settings: SuiteSettings) -> gx.ExpectationSuite:
    """What was deleted is of a type that we know, so that it is looked for in the books."""
    return suite_of(
        "deletions",
        settings,
        [
            stop(
                "unknown_document_type",
                "The deletion of a document that we cannot name would pass unseen.",
                "was deleted and is of the unknown type {document_type}",
                gxe.ExpectColumnValuesToBeInSet,
                column="document_type",
                value_set=list(DOCUMENT_TYPES),
            )
        ],
    )
