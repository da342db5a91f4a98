"""The shape of each configuration file. The models only check; finance types carry the values."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from include.finance.dimension import DIMENSIONS

# Stands for what is written without a key of its own, as `channel: direct` for a list of one value.
SHORT = "<values>"
ALL = "all"  # every dimension, in `summarisation`
EVERY = "*"  # stands for every bank account, in `books_bank`

Text = Annotated[str, Field(min_length=1)]


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _spelled_out(value: object) -> object:
    return value if isinstance(value, dict) else {SHORT: value}


def _every_dimension(value: object) -> object:
    return list(DIMENSIONS) if value == ALL else value


def _every_bank(value: object) -> object:
    return ([EVERY] if value else []) if isinstance(value, bool) else value


Dimension = Literal["department", "region", "product_line"]
Values = Annotated[list[Text], BeforeValidator(_as_list), Field(min_length=1)]
OptionalValues = Annotated[list[Text], BeforeValidator(_as_list)]


class Shape(BaseModel):
    """A mapping with exactly these keys and exactly these types."""

    model_config = ConfigDict(extra="forbid", strict=True)


class SummarisationShape(Shape):
    """`summarisation` of a legal entity."""

    by: Literal["day", "period", "document"] = "day"
    entries: Literal["category", "all"] = "category"
    amounts: Literal["gross", "net"] = "gross"
    dimensions: Annotated[list[Dimension], BeforeValidator(_every_dimension)]
    reversal_style: Literal["swap", "negative"] = "swap"


class ChargebacksShape(Shape):
    """`chargebacks` of a legal entity."""

    loss: Literal["expense", "contra_revenue"]
    tax_relief: bool


class WriteOffsShape(Shape):
    """`write_offs` of a legal entity."""

    tax_relief: bool


class TolerancesShape(Shape):
    """`tolerances_minor` of a legal entity: one amount per kind of adjustment."""

    bank_charge: Annotated[int, Field(ge=0)]
    withholding_tax: Annotated[int, Field(ge=0)]
    cash_discount: Annotated[int, Field(ge=0)]
    small_balance: Annotated[int, Field(ge=0)]


class LimitsShape(Shape):
    """What late documents may change, by measure; one that is not named has no limit."""

    revenue: Annotated[int, Field(ge=0)] | None = None
    receivables: Annotated[int, Field(ge=0)] | None = None
    tax: Annotated[int, Field(ge=0)] | None = None


class MaterialityShape(Shape):
    """One span of `materiality` of a legal entity, in minor units of its functional currency."""

    effective_from: date
    per_document_minor: LimitsShape = LimitsShape()
    per_period_minor: LimitsShape = LimitsShape()


class EntityShape(Shape):
    """One legal entity of `legal_entities.yaml`."""

    name: Text
    functional_currency: Text
    time_zone: Text
    fiscal_calendar: Text | None = None
    erp: Text
    chart: Text
    summarisation: SummarisationShape
    max_future_days: Annotated[int, Field(ge=0, le=366)]
    max_backdated_days: Annotated[int, Field(ge=0, le=3660)]
    default_revenue_effect: Literal["termination", "price_reduction", "goodwill"] | None
    late_arrival: Literal["next_open_period"]
    arrears: Literal["service_period", "invoice_date"] = "invoice_date"
    uncredited_rest: Literal["keep", "release"] = "keep"
    chargebacks: ChargebacksShape
    write_offs: WriteOffsShape
    tolerances_minor: TolerancesShape
    owners: dict[str, Text]
    revaluation: dict[str, Literal["tieout", "erp", "none"]] = {}
    materiality: list[MaterialityShape] = []
    books_bank: Annotated[list[Text], BeforeValidator(_every_bank)] = []


class AccountShape(Shape):
    """One account of a chart; a chart that extends another states only what differs."""

    name: Text | None = None
    type: Literal["asset", "liability", "equity", "income", "expense"] | None = None
    posted_by: Literal["exclusive", "shared"] | None = None
    party: Text | None = None


class PlacedAccountShape(Shape):
    """One of several accounts of a role: for which currency, account at a processor or bank account."""

    account: Text
    currency: Text | None = None
    processor_account: Text | None = None
    bank_account_ref: Text | None = None


class ChartShape(Shape):
    """A chart of accounts: what it adds to the chart it extends, and the account, or the accounts, behind each role."""

    extends: Text | None = None
    accounts: dict[Text, AccountShape] = {}
    roles: dict[Text, Text | Annotated[list[PlacedAccountShape], Field(min_length=1)]] = {}


class ConditionShape(Shape):
    """What a rule asks of an attribute: a value, a list of values, `not`, or `present`."""

    one_of: Values | None = Field(default=None, alias=SHORT)
    none_of: Values | None = Field(default=None, alias="not")
    present: bool | None = None


class DimensionShape(Shape):
    """Where a dimension comes from: `keep`, `drop`, a fixed `value`, or a `mapping`."""

    word: Literal["keep", "drop"] | None = Field(default=None, alias=SHORT)
    value: Text | None = None
    mapping: Text | None = None


class RuleLineShape(Shape):
    """One leg of a posting rule: either debit or credit names a role."""

    debit: Text | None = None
    credit: Text | None = None
    amount: Text
    only: Literal["positive", "negative"] | None = None
    dimensions: dict[
        Literal["department", "region", "product_line"], Annotated[DimensionShape, BeforeValidator(_spelled_out)]
    ] = {}


class RuleShape(Shape):
    """One posting rule."""

    rule: Text
    event: Text
    when: dict[str, Annotated[ConditionShape, BeforeValidator(_spelled_out)]] = {}
    legal_entities: list[Text] = []
    effective_from: date
    effective_to: date | None = None
    lines: Annotated[list[RuleLineShape], Field(min_length=2)]


class MappingShape(Shape):
    """One file of `mappings/`: a dimension's value for each value of a field."""

    source: Text = Field(alias="from")
    values: dict[Text, Text] = {}
    legal_entities: dict[str, dict[Text, Text]] = {}
    default: Text | None = None
    must_map: bool = False


class SourceShape(Shape):
    """One billing system of `sources.yaml`."""

    system: Literal["postgres"]
    tenant: Text
    connection: Text
    exponents: dict[Text, Annotated[int, Field(ge=0, le=6)]] = {}


class MaintenanceShape(Shape):
    """One of the maintenance windows of an ERP."""

    days: Annotated[
        list[Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]], Field(min_length=1)
    ]
    starts: Text
    ends: Text
    time_zone: Text


class ErpShape(Shape):
    """One ERP of `erps.yaml`."""

    system: Literal["tryton"]
    connection: Text
    period_connection: Text | None = None
    pool: Text
    companies: dict[str, Text]
    journals: dict[str, Text]
    maintenance: list[MaintenanceShape] = []
    requests_per_second: Annotated[int, Field(gt=0, le=1000)] | None = None


class ExceptionShape(Shape):
    """One exception of `exceptions.yaml`."""

    category: Text
    severity: Literal["critical", "high", "medium", "low"]
    owner: Text
    suggested_fix: Text


class DeskConditionShape(Shape):
    """`when` of a rule in `exceptions_desk.yaml`."""

    category: OptionalValues = []
    exception: OptionalValues = []
    legal_entity: OptionalValues = []
    source: OptionalValues = []
    period: Literal["closing", "open"] | None = None
    at_least_minor: dict[str, Annotated[int, Field(gt=0)]] = {}


class DeskRuleShape(Shape):
    """A rule of `exceptions_desk.yaml`."""

    when: DeskConditionShape
    severity: Literal["critical", "high", "medium", "low"] | None = None
    owner: Text | None = None


class DeskShape(Shape):
    """`exceptions_desk.yaml` as a whole."""

    due_business_days: dict[Literal["critical", "high", "medium", "low"], Annotated[int, Field(ge=0, le=250)]]
    waive_alone_minor: dict[str, Annotated[int, Field(ge=0)]]
    rules: list[DeskRuleShape]


_Floor = Annotated[int, Field(ge=0, le=10000)]
_Days = Annotated[int, Field(ge=0, le=366)]


class CompletenessShape(Shape):
    """`completeness` in `quality_scores.yaml`."""

    floor_bp: _Floor | None = None


class TimelinessShape(Shape):
    """`timeliness` in `quality_scores.yaml`."""

    days: _Days = 3
    floor_bp: _Floor | None = None
    below_mean_bp: _Floor | None = None


class ClearingShape(Shape):
    """`clearing` in `quality_scores.yaml`."""

    days: _Days = 10
    window_days: Annotated[int, Field(ge=1, le=366)] = 28
    floor_bp: _Floor | None = None


class ScoresOfEntityShape(Shape):
    """What `quality_scores.yaml` says of one legal entity."""

    completeness: CompletenessShape | None = None
    timeliness: TimelinessShape | None = None
    clearing: ClearingShape | None = None


class ScoresShape(ScoresOfEntityShape):
    """`quality_scores.yaml` as a whole."""

    legal_entities: dict[str, ScoresOfEntityShape] = {}


class LegalHoldShape(Shape):
    """`legal_hold` in `retention.yaml`."""

    reason: Text
    since: date


class EntityRetentionShape(Shape):
    """What `retention.yaml` says of one legal entity."""

    years: Annotated[int, Field(ge=1, le=100)] = 10
    legal_hold: LegalHoldShape | None = None


class EvidenceCheckShape(Shape):
    """`check` in `retention.yaml`."""

    everything_in_runs: Annotated[int, Field(ge=1, le=520)] = 4


class RetentionShape(Shape):
    """`retention.yaml` as a whole."""

    default: EntityRetentionShape
    legal_entities: dict[str, EntityRetentionShape] = {}
    check: EvidenceCheckShape = EvidenceCheckShape()


class SoftCloseShape(Shape):
    """`soft_close` in `period_close.yaml`."""

    people: list[Text] = []
    categories: list[Text] = []


class EntityCloseShape(Shape):
    """How one legal entity, or every other one, closes."""

    erp_periods: Literal["leave", "close", "lock"]
    soft_close: SoftCloseShape = SoftCloseShape()


class PeriodCloseShape(Shape):
    """`period_close.yaml` as a whole."""

    approval_hours: Annotated[int, Field(ge=1, le=1000)]
    default: EntityCloseShape
    legal_entities: dict[str, EntityCloseShape] = {}


class ChannelShape(Shape):
    """One channel of `notifications.yaml`."""

    name: Text
    kind: Literal["mail", "webhook"]
    connection: Text
    sender: str = ""
    to: list[Text] = []
    legal_entities: list[Text] = []
    kinds: list[
        Literal["run_failed", "in_doubt", "tie_out_difference", "exception_due", "deadline_missed", "close_late"]
    ] = []


class NotificationsShape(Shape):
    """`notifications.yaml` as a whole."""

    airflow_url: Text
    tied_out_by: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
    channels: list[ChannelShape]


class RatePathShape(Shape):
    """`through` of a rate in `fx.yaml`."""

    currency: Text
    direction: Literal["direct", "inverse"]


class RateShape(Shape):
    """The rates for one purpose in `fx.yaml`."""

    source: Text
    direction: Literal["direct", "inverse"]
    max_age_days: Annotated[int, Field(ge=0, le=366)]
    through: RatePathShape | None = None


class RatesShape(Shape):
    """What `fx.yaml` says of the purposes, by default or for one legal entity."""

    transaction: RateShape | None = None
    closing: RateShape | None = None
    average: RateShape | None = None
    tax: RateShape | None = None
    residual: Literal["largest_remainder", "account"] | None = None


class FxShape(Shape):
    """`fx.yaml` as a whole."""

    default: RatesShape
    legal_entities: dict[str, RatesShape]
