"""What a slip, a bug or a bad hand does to a configuration file: to its bytes, to its YAML, and to each of its values."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from include.config.findings import Findings
from include.config.yaml_file import read_yaml

_BOMB = "\n".join(
    ["a0: &a0 [x, x, x, x, x, x, x, x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
)
_REMOVED, _MISSPELT = "a key removed", "a key misspelt"
# What replaces a value, by what it is: each is of a type that is not meant there.
_WRONG: dict[str, Any] = {
    "a list of numbers": [1, 2],
    "a mapping": {"nothing": {"known": 1}},
    "a number": 7,
    "nothing": None,
    "a flag": True,
    "an empty text": "",
    "a day": date(2026, 1, 31),
    "a reference to nobody": "nobody-of-this-name",
}


@dataclass(frozen=True)
class Spoilt:
    """One file of the configuration as it must not be; `kind` is what was done to it."""

    file: str
    kind: str
    content: bytes
    where: str = ""

    @property
    def name(self) -> str:
        """How tests call it."""
        return f"{self.file}: {self.kind} {self.where}".strip()


def spoilt_texts(file: str, text: str) -> Iterator[Spoilt]:
    """The bytes and the YAML of a file, spoilt in every way."""
    lines = text.splitlines(keepends=True)
    first = next(n for n, line in enumerate(lines) if line.strip() and not line.startswith("#"))
    top = "".join(line for line in lines[first:])
    texts = {
        "empty": "",
        "only a comment": "# nothing\n",
        "a list": "- one\n- two\n",
        "a list of mappings": "- {one: 1}\n- {two: 2}\n",
        "one word": "hello\n",
        "one number": "7\n",
        "a bomb of aliases": f"{_BOMB}\n",
        "an alias of itself": "a: &a [*a]\n",
        "a merged key": f"base: &base {{x: 1}}\nother:\n  <<: *base\n{top}",
        "a tag of Python": f"evil: !!python/object/apply:os.system ['true']\n{top}",
        "a tag of a Python name": f"evil: !!python/name:os.system\n{top}",
        "a tag that nobody knows": f"evil: !secret x\n{top}",
        "a tag of binary": f"evil: !!binary aGVsbG8=\n{top}",
        "a set": f"evil: !!set {{a, b}}\n{top}",
        "everything twice": text + top,
        "two documents": f"{text}\n---\nmore: 1\n",
        "a tab": text + "\tindented: by a tab\n",
        "a bracket left open": f"{text}\nopen: [1, 2\n",
        "a brace left open": f"{text}\nopen: {{a: 1\n",
        "a quote left open": f'{text}\nopen: "never closed\n',
        "a colon too many": f"{text}\na: b: c\n",
        "an unknown key": f"{text}\nnobody_knows_this: 1\n",
        "a key that is a number": f"{text}\n12: x\n",
        "a key that is nothing": f"{text}\n~: x\n",
        "a key that is a list": f"{text}\n? [a, b]\n: x\n",
        "a key that is a mapping": f"{text}\n? {{a: b}}\n: x\n",
        "a day of no calendar": f"{text}\nday: 2026-02-30\n",
        "a number without end": f"{text}\nnumber: {'9' * 5000}\n",
        "very deep": f"{text}\ndeep: {'[' * 20_000}{']' * 20_000}\n",
        "deep mappings": f"{text}\n" + "".join(f"{' ' * n}k:\n" for n in range(1500)),
        "a control character": f"{text}\nbell: \x07\n",
        "a null character": f"{text}\nnull: a\x00b\n",
        "a conflict of versions": f"<<<<<<< ours\n{text}=======\n{text}>>>>>>> theirs\n",
    }
    for kind, spoilt in texts.items():
        yield Spoilt(file, kind, spoilt.encode())
    yield Spoilt(file, "not UTF-8", text.encode() + b"# \xff\xfe\n")
    yield Spoilt(file, "UTF-16", text.encode("utf-16"))
    yield Spoilt(file, "Latin-1", text.encode() + "name: Müller\n".encode("latin-1"))
    yield Spoilt(file, "cut in the middle of a character", text.encode() + "é".encode()[:1])
    yield Spoilt(file, "random bytes", bytes(range(256)))


@dataclass(frozen=True)
class SpoiltValue:
    """A key or value of a file that must not be as it is; the file is written when it is asked for."""

    file: str
    content: Any
    kind: str
    path: tuple[Any, ...]

    def written(self) -> Spoilt:
        """The file with it."""
        changed = deepcopy(self.content)
        node, key = _at(changed, self.path[:-1]), self.path[-1]
        if self.kind == _REMOVED:
            node.pop(key)
        elif self.kind == _MISSPELT:
            node[f"{key}x"] = node.pop(key)
        else:
            node[key] = _WRONG[self.kind]
        text = yaml.safe_dump(changed, sort_keys=False, width=10_000)
        return Spoilt(self.file, self.kind, text.encode(), ".".join(map(str, self.path)))


def spoilt_values(file: str, content: Any) -> Iterator[SpoiltValue]:
    """Each key removed or misspelt, each value of a wrong type or pointing nowhere."""
    for path in _paths(content, ()):
        parent, key = _at(content, path[:-1]), path[-1]
        if isinstance(parent, dict):
            yield from (SpoiltValue(file, content, kind, path) for kind in (_REMOVED, _MISSPELT))
        for kind, wrong in _WRONG.items():
            if type(wrong) is not type(parent[key]) or kind == "a reference to nobody":
                yield SpoiltValue(file, content, kind, path)


def _paths(node: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """The places in a tree; of list elements that are alike the first stands for all."""
    if path:
        yield path
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _paths(value, (*path, key))
    elif isinstance(node, list) and node:
        yield from _paths(node[0], (*path, 0))


def _at(node: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        node = node[key]
    return node


def content_of(path: Path) -> Any:
    """The plain values of a file."""
    return read_yaml(path, Findings()).content
