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

_LONGEST = 60  # of a value in a message
_DEEPEST = 100  # no file of ours needs more than ten


class _PlainLoader(yaml.CSafeLoader):
    """A YAML reader with a short list of types, and an end to how deep it goes: without one, the C parser would end the process."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0

    def descend_resolver(self, current_node: yaml.Node | None, _index: object) -> None:
        """Called by the parser before each node."""
        self._depth += 1
        if self._depth > _DEEPEST and current_node is not None:
            fact = f"lists and mappings stand in one another more than {_DEEPEST} deep"
            raise yaml.composer.ComposerError(None, None, fact, current_node.start_mark)

    def ascend_resolver(self) -> None:
        """Called after each node."""
        self._depth -= 1


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
    text = _text_of(path, name, findings)
    if text is None:
        return YamlFile(name, None, {})
    loader = _PlainLoader(text)
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
    except yaml.reader.ReaderError as problem:
        line = text.count("\n", 0, problem.position) + 1
        found = f"character #x{ord(text[problem.position]):04x}" if problem.position < len(text) else "character"
        findings.add(name, line, f"the {found} is not allowed in YAML; remove it.")
    finally:
        loader.dispose()
    return YamlFile(name, None, builder.lines)


def _text_of(path: Path, name: str, findings: Findings) -> str | None:
    """The text of a file; None after noting why there is none."""
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        findings.add(name, 1, "the file is missing; every configuration folder has one.")
    except UnicodeDecodeError as problem:
        line = problem.object[: problem.start].count(b"\n") + 1
        findings.add(name, line, f"the file is not UTF-8 text ({problem.reason}); save it as UTF-8.")
    except OSError as problem:
        findings.add(name, 1, f"the file cannot be read ({problem.strerror}); let the user of Tieout read it.")
    return None


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
            if not isinstance(key_node, yaml.ScalarNode):
                self.findings.add(self.name, line, "a list or a mapping stands where a key is expected; write a name.")
                continue
            if not isinstance(key, str):
                shown = _shown(key_node.value)
                self.findings.add(self.name, line, f'the key {shown} is not text; write it in quotes: "{shown}".')
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
            fact = (
                "a number of more digits than any amount has"
                if node.tag.endswith(":int")
                else "not a day of the calendar"
            )
            self.findings.add(self.name, node.start_mark.line + 1, f"{_shown(node.value)} is {fact}; correct it.")
            return None


def _shown(value: str) -> str:
    return value if len(value) <= _LONGEST else f"{value[:_LONGEST]}..."
