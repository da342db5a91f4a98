"""The tie-out's own reading of evidence: SQL over Parquet that shares no file with accounting."""
