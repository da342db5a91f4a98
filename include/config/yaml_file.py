"""Reading YAML as plain values, with the line of each, and without YAML's surprises.

Only `true` and `false` are booleans (so the country `NO` stays text), only plain decimal digits are integers, and only
YYYY-MM-DD is a date. A repeated key, an anchor or an alias is a fault.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from include.config.findings import Findings
from include.config.folder import shown_name

YamlPath = tuple[str | int, ...]


class _PlainLoader(yaml.CSafeLoader):
    """A YAML reader with a short list of types."""


_PlainLoader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"^(?:true|false)$", "tf"),
    ("int", r"^-?(?:0|[1-9][0-9]*)$", "-0123456789"),
    ("null", r"^(?:null|~|)$", ["n", "~", ""]),
    ("timestamp", r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "0123456789"),
):
    _PlainLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))


@dataclass(frozen=True, slots=True)
class YamlFile:
    """The values of one file, and the line at which each key or list element stands."""

    name: str
    content: object
    lines: dict[YamlPath, int]

    def line_of(self, path: YamlPath) -> int:
        """The line of a value, or of the nearest value around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def where(self, path: YamlPath) -> str:
        """`file:line` of a value."""
        return f"{self.name}:{self.line_of(path)}"


def read_yaml(path: Path, findings: Findings) -> YamlFile:
    """Read a YAML file; what cannot be read becomes a finding and the content None."""
    name = shown_name(path)
    try:
        loader = _PlainLoader(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        findings.add(name, 1, "the file is missing; every configuration folder has one.")
        return YamlFile(name, None, {})
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as problem:
        findings.add(name, 1, f"the file cannot be read as UTF-8 text: {problem}")
        return YamlFile(name, None, {})
    builder = _Builder(loader, name, findings)
    try:
        node = loader.get_single_node()
        if node is None:
            findings.add(name, 1, "the file is empty; write `{}` where nothing is configured on purpose.")
            return YamlFile(name, None, {})
        return YamlFile(name, builder.value(node, ()), builder.lines)
    except yaml.MarkedYAMLError as problem:
        line = problem.problem_mark.line + 1 if problem.problem_mark else 1
        findings.add(name, line, f"this is not valid YAML: {problem.problem}; check indentation, colons and quotes.")
        return YamlFile(name, None, builder.lines)
    finally:
        loader.dispose()


class _Builder:
    """Turns YAML nodes into plain values and notes the line of each."""

    def __init__(self, loader: _PlainLoader, name: str, findings: Findings) -> None:
        self.loader, self.name, self.findings = loader, name, findings
        self.lines: dict[YamlPath, int] = {}
        self.seen: set[int] = set()

    def value(self, node: yaml.Node, path: YamlPath) -> object:
        line = node.start_mark.line + 1
        self.lines.setdefault(path, line)
        if id(node) in self.seen:
            self.findings.add(self.name, line, "an anchor (&) is used twice; write the value out at each place.")
            return None
        self.seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*path, index)) for index, child in enumerate(node.value)]
        return self._scalar(node)

    def _mapping(self, node: yaml.MappingNode, path: YamlPath) -> dict[str, object]:
        values: dict[str, object] = {}
        for key_node, value_node in node.value:
            key, line = self.value(key_node, (*path, "<key>")), key_node.start_mark.line + 1
            if not isinstance(key, str):
                self.findings.add(
                    self.name, line, f'the key {key_node.value} is not text; write it in quotes: "{key_node.value}".'
                )
                key = str(key_node.value)
            if key in values:
                self.findings.add(self.name, line, f"the key `{key}` is written twice; keep one.")
                continue
            self.lines[(*path, key)] = line
            values[key] = self.value(value_node, (*path, key))
        return values

    def _scalar(self, node: yaml.Node) -> object:
        try:
            return self.loader.construct_object(node)
        except ValueError:
            self.findings.add(self.name, node.start_mark.line + 1, f"{node.value} is not a day of the calendar.")
            return None
