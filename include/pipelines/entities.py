"""Which legal entities an ERP keeps the books of."""

from __future__ import annotations

from include.config.configuration import Configuration
from include.finance.entity import LegalEntity


def entities_of(configuration: Configuration, erp_code: str) -> list[LegalEntity]:
    """The legal entities of one ERP, by code."""
    entities = configuration.legal_entities
    return [entities[code] for code in sorted(entities) if entities[code].erp_code == erp_code]
