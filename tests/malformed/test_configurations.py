"""Configuration files spoilt in every way: each is refused with file, line, fact and cure, and by no other error."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.config import load
from include.config.configuration import Configuration
from include.config.findings import Findings
from include.config.folder import PACKAGE_FOLDER
from include.config.load import load_configuration
from include.config.yaml_file import YamlFile, read_yaml
from include.finance.errors import ConfigurationError
from tests.malformed.configurations import Spoilt, SpoiltValue, content_of, spoilt_texts, spoilt_values
from tests.malformed.table import tell

_FILES = sorted(path.relative_to(PACKAGE_FOLDER).as_posix() for path in PACKAGE_FOLDER.rglob("*.yaml"))
_LINE = re.compile(r".+\.ya?ml:[1-9][0-9]*: .{12,}")
_VALUES_OF_EACH = 5
# Whatever a person writes there is meant: names, sentences, and who is to do something.
_FREE = (
    "name",
    "suggested_fix",
    "connection",
    "pool",
    "tenant",
    "party",
    "owners",
    "category",
    "airflow_url",
    "sender",
)


# A configuration may do without it, and call it as it likes; a score without a floor has none.
_WITHOUT = (
    "sources.yaml: a key removed billing",
    "sources.yaml: a key misspelt billing",
    "quality_scores.yaml: a key removed completeness",
    "quality_scores.yaml: nothing clearing.floor_bp",
)


@dataclass
class Spoiler:
    """A copy of the shipped configuration in which one file is spoilt at a time; the others are read once."""

    folder: Path
    shipped: dict[Path, bytes] = field(default_factory=dict)
    known: dict[Path, YamlFile] = field(default_factory=dict)

    def read(self, path: Path, findings: Findings) -> YamlFile:
        """As `read_yaml`, which is asked for whatever is not as it was shipped."""
        if not path.is_file() or path.read_bytes() != self.shipped.get(path):
            return read_yaml(path, findings)
        if path not in self.known:
            self.known[path] = read_yaml(path, findings)
        return self.known[path]

    def load(self, file: str, content: bytes) -> Configuration:
        """Load with the file as given, and set it back."""
        path = self.folder / file
        path.write_bytes(content)
        try:
            return load_configuration(self.folder)
        finally:
            path.write_bytes(self.shipped[path])


@pytest.fixture(scope="module")
def spoiler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spoiler]:
    folder = tmp_path_factory.mktemp("spoilt") / "config"
    shutil.copytree(PACKAGE_FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__", "schema"))
    made = Spoiler(folder, {path: path.read_bytes() for path in folder.rglob("*.yaml")})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(load, "read_yaml", made.read)
        yield made


def _texts() -> list[Spoilt]:
    """Every kind on a fifth of the files, another fifth for the next kind."""
    by_file = [list(spoilt_texts(file, (PACKAGE_FOLDER / file).read_text(encoding="utf-8"))) for file in _FILES]
    return [each for at, spoilt in enumerate(by_file) for number, each in enumerate(spoilt) if (at + number) % 5 == 0]


def _values() -> list[Spoilt]:
    """Of each file a few values from begin to end, each kind in turn."""
    chosen = []
    for file in _FILES:
        kinds: dict[str, list[SpoiltValue]] = {}
        for each in spoilt_values(file, content_of(PACKAGE_FOLDER / file)):
            kinds.setdefault(each.kind, []).append(each)
        turn = cycle(kinds.values())
        for number in range(_VALUES_OF_EACH):
            of_kind = next(turn)
            chosen.append(of_kind[len(of_kind) * number // _VALUES_OF_EACH].written())
    return chosen


def test_bytes_and_yaml_are_refused_with_file_line_fact_and_cure(spoiler: Spoiler) -> None:
    spoilt = _texts()
    tell("configurations with spoilt bytes or YAML", Counter(each.kind for each in spoilt))
    assert len(spoilt) >= 200
    assert _accepted(spoiler, spoilt, _is_named) == []


def test_values_are_refused_with_file_line_fact_and_cure(spoiler: Spoiler) -> None:
    spoilt = _values()
    tell("configurations with a spoilt value", Counter(each.kind for each in spoilt))
    assert len(spoilt) >= 130
    free = [each for each in _accepted(spoiler, spoilt, _is_told) if not each.where.endswith(_FREE)]
    assert [each.name for each in free if each.name not in _WITHOUT] == []


def _accepted(spoiler: Spoiler, spoilt: list[Spoilt], is_right: Callable[[Spoilt, list[str]], bool]) -> list[Spoilt]:
    """Those that load, or are refused otherwise than they should; another error fails the test where it stands."""
    wrong = []
    for each in spoilt:
        try:
            spoiler.load(each.file, each.content)
        except ConfigurationError as refused:
            if is_right(each, str(refused).splitlines()):
                continue
        wrong.append(each)
    return wrong


def _is_named(spoilt: Spoilt, lines: list[str]) -> bool:
    return _is_told(spoilt, lines) and any(f"/{spoilt.file}:" in line for line in lines)


def _is_told(_: Spoilt, lines: list[str]) -> bool:
    return bool(lines) and all(_LINE.fullmatch(line) for line in lines)


def test_a_fault_is_told_at_its_own_line(spoiler: Spoiler) -> None:
    text = (PACKAGE_FOLDER / "fx.yaml").read_bytes()
    after = text.count(b"\n") + 1
    for spoilt, fact in (
        (b"bell: \x07\n", "the character #x0007 is not allowed in YAML; remove it."),
        (b"name: M\xfcller\n", "the file is not UTF-8 text (invalid start byte); save it as UTF-8."),
        (b"? [a, b]\n: x\n", "a list or a mapping stands where a key is expected; write a name."),
        (b"day: 2026-02-30\n", "2026-02-30 is not a day of the calendar; correct it."),
        (b"n: " + b"9" * 5000 + b"\n", f"{'9' * 60}... is a number of more digits than any amount has; correct it."),
        (b"x: !!python/name:os.system\n", "this is not valid YAML: could not determine a constructor for the tag"),
    ):
        with pytest.raises(ConfigurationError) as refused:
            spoiler.load("fx.yaml", text + spoilt)
        assert f"/fx.yaml:{after}: {fact}" in str(refused.value)


def test_what_is_nested_without_end_is_refused_and_does_not_end_the_process(spoiler: Spoiler) -> None:
    for deep in (
        b"x: " + b"[" * 50_000,
        b"x: " + b"[" * 200 + b"]" * 200,
        b"x: " + b"{a: " * 3000 + b"1" + b"}" * 3000,
    ):
        with pytest.raises(ConfigurationError, match=r"/fx\.yaml:[0-9]+: "):
            spoiler.load("fx.yaml", deep)


@given(data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_at_any_place_load_or_are_refused_by_file_and_line(spoiler: Spoiler, data: st.DataObject) -> None:
    file = data.draw(st.sampled_from(_FILES))
    shipped = spoiler.shipped[spoiler.folder / file]
    begin = data.draw(st.integers(0, len(shipped)))
    end = begin + data.draw(st.integers(0, 40))
    put = data.draw(
        st.one_of(st.binary(max_size=12), st.text(max_size=12).map(str.encode), st.sampled_from(_FRAGMENTS))
    )
    told: list[str] = []
    try:
        spoiler.load(file, shipped[:begin] + put + shipped[end:])
    except ConfigurationError as refused:
        told = str(refused).splitlines()
    assert all(_LINE.fullmatch(line) for line in told)


_FRAGMENTS = [
    b": ",
    b"- ",
    b"\n",
    b"\t",
    b"{",
    b"}",
    b"[",
    b"]",
    b"&a ",
    b"*a",
    b"!!",
    b"|",
    b">",
    b"%",
    b"@",
    b"'",
    b'"',
    b"---\n",
    b"...\n",
    b"null",
    b"-1",
    b"1e400",
    b"\xef\xbb\xbf",
]
