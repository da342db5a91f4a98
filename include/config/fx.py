"""Reading `fx.yaml`: which published rates each legal entity uses for which purpose."""

from __future__ import annotations

from collections.abc import Mapping

from include.config.currencies import CURRENCIES
from include.config.findings import Findings, one_of
from include.config.shapes import FxShape, RateShape, RatesShape
from include.config.validate import checked_shape
from include.config.yaml_file import YamlFile, YamlPath
from include.finance.fx import FxSettings, QuoteDirection, RatePath, RatePurpose, RateSetting, Residual


def read_fx(file: YamlFile, entity_codes: set[str], findings: Findings) -> dict[str, FxSettings]:
    """The settings of every legal entity: the default, and what the entity does otherwise."""
    if file.content is None:
        return {}
    shape = checked_shape(file, (), file.content, FxShape, findings)
    if shape is None:
        return {}
    default = _rates(file, ("default",), shape.default, findings)
    for missing in sorted({*RatePurpose, "residual"} - {name for name, value in shape.default if value is not None}):
        findings.add(file.name, file.line_of(("default",)), f"`{missing}` has no default; add it.")
    stated = {}
    for code, rates in shape.legal_entities.items():
        path: YamlPath = ("legal_entities", code)
        if code not in entity_codes:
            text = f"legal entity `{code}` is unknown; {one_of(code, entity_codes)}"
            findings.add(file.name, file.line_of(path), text)
        stated[code] = _rates(file, path, rates, findings)
    residuals = {code: rates.residual or shape.default.residual for code, rates in shape.legal_entities.items()}
    return {
        code: FxSettings(
            {**default, **stated.get(code, {})}, Residual(residuals.get(code) or shape.default.residual or "account")
        )
        for code in entity_codes
    }


def _rates(file: YamlFile, path: YamlPath, rates: RatesShape, findings: Findings) -> Mapping[RatePurpose, RateSetting]:
    given = {purpose: getattr(rates, purpose) for purpose in RatePurpose}
    return {
        purpose: _setting(file, (*path, purpose), rate, findings) for purpose, rate in given.items() if rate is not None
    }


def _setting(file: YamlFile, path: YamlPath, shape: RateShape, findings: Findings) -> RateSetting:
    through = shape.through
    if through is not None and through.currency not in CURRENCIES:
        text = f"`{through.currency}` is no currency of ISO 4217; {one_of(through.currency, CURRENCIES)}"
        findings.add(file.name, file.line_of((*path, "through")), text)
    return RateSetting(
        shape.source,
        QuoteDirection(shape.direction),
        shape.max_age_days,
        RatePath(through.currency, QuoteDirection(through.direction)) if through else None,
    )
