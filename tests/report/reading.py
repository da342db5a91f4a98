"""A report read as its readers read it: the JSON checked against its schema, the page parsed."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree as ET

from jsonschema import Draft202012Validator

from include.report.as_html import report_html
from include.report.as_json import SCHEMA, report_json
from include.report.model import NightReport

_VALIDATOR = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def as_json(report: NightReport) -> dict[str, Any]:
    """The JSON of a report, which holds no number with a point and nothing that the schema does not know."""

    def refuse(text: str) -> float:
        raise AssertionError(f"a number that is not whole in a report: {text}")

    content: dict[str, Any] = json.loads(report_json(report), parse_float=refuse)
    _VALIDATOR.validate(content)
    return content


def as_page(report: NightReport) -> Page:
    """The page of a report; it is well-formed, or parsing fails."""
    return Page(report_html(report, "reports/night.json", "0" * 64).decode())


class Page:
    """A page with its tables as text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.root = ET.fromstring(text.strip())

    def table(self, table_id: str) -> list[list[str]]:
        """The cells of a table, its head first."""
        found = self.root.find(f".//table[@id='{table_id}']")
        assert found is not None, f"no table {table_id}"
        return [[words(cell) for cell in row if cell.tag in ("th", "td")] for row in found.iter("tr")]

    def section(self, section_id: str) -> str:
        """All words of a section."""
        found = self.root.find(f".//*[@id='{section_id}']")
        assert found is not None, f"no section {section_id}"
        return words(found)

    def causes(self) -> list[str]:
        """The causes of open exceptions, in their order."""
        return [words(each) for each in self.root.findall(".//*[@id='exceptions']//th[@scope='rowgroup']/b")]


def words(element: ET.Element) -> str:
    """The text of an element and all in it."""
    return " ".join(" ".join(element.itertext()).split())
