"""docker-compose.yaml as an engine would see it: variables filled in, anchors resolved."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from include import team_env

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docker-compose.yaml"
TEMPLATE = ROOT / ".env.example"
ADDRESSES = {
    "AIRFLOW_CONN_BILLING_DB": "postgresql://billing_reader:secret@billing.example.com:5432/billing",
    "AIRFLOW_CONN_ERP_TRYTON": "https://tieout_poster:secret@erp.example.com:443/erp",
    "AIRFLOW_CONN_ERP_TRYTON_PERIODS": "https://tieout_period_admin:secret@erp.example.com:443/erp",
}
# The forms of the Compose Specification, "Interpolation", that the file uses.
VARIABLE = re.compile(r"\$(?:(?P<escaped>\$)|\{(?P<name>[A-Z_]+)(?:(?P<how>:\?|:-|-)(?P<text>[^}]*))?\})")


class MissingVariableError(LookupError):
    """What an engine says of `${NAME:?message}`."""


def interpolate(text: str, variables: Mapping[str, str]) -> str:
    """Fill in the variables."""

    def value(found: re.Match[str]) -> str:
        if found["escaped"]:
            return "$"
        name, how, text = found["name"], found["how"], found["text"]
        if how == ":?" and not variables.get(name):
            raise MissingVariableError(f"{name}: {text}")
        if how == ":-":
            return variables.get(name) or text
        return variables.get(name, text or "")

    filled = VARIABLE.sub(value, text)
    assert "${" not in re.sub(r"\$\$", "", VARIABLE.sub("", text)), "a form of interpolation that is not known here"
    return filled


def raw() -> dict[str, Any]:
    """The file as it stands."""
    content: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return content


def environment() -> dict[str, str]:
    """What `make env` writes, with the two addresses filled in."""
    filled = team_env.fill(TEMPLATE.read_text(encoding="utf-8"), "")
    return team_env._values(filled) | ADDRESSES


def resolved(variables: Mapping[str, str]) -> dict[str, Any]:
    """The file with every variable filled in."""

    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: walk(value) for key, value in node.items()}
        if isinstance(node, list):
            return [walk(value) for value in node]
        return interpolate(node, variables) if isinstance(node, str) else node

    content: dict[str, Any] = walk(raw())
    return content
