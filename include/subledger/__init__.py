"""The vectorised engine: canonical documents to accounting events, entries and journals, in DuckDB SQL."""
