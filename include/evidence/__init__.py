"""Immutable Parquet files with manifests: what was read, decided and derived."""
