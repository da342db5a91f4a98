"""Data quality: Great Expectations suites, one module per dataset, over frames with one row per document."""
