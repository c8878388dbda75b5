"""Reading YAML that people write: numbers and words as in YAML 1.2, and errors that name the file and the line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml


def read_yaml(path: Path) -> Any:
    """Content of a YAML file; an empty mapping where it is empty.

    Raises:
        ValueError: if it cannot be read or is no YAML; it names the file, and the line.
    """
    return parse_yaml(read_text(path), str(path))


def read_text(path: Path) -> str:
    """Text of a file in UTF-8, with or without a mark of byte order.

    Raises:
        ValueError: if it cannot be read; it names the file.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ValueError(f"{path}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path}: expected text in UTF-8") from None


def parse_yaml(text: str, source: str) -> Any:
    """Content of a text in YAML; an empty mapping where it is empty.

    Args:
        text: the text.
        source: what errors call it, for instance the file.

    Raises:
        ValueError: if it is no YAML, a key stands twice in a mapping, or something contains itself; it names the source
            and the line.
    """
    try:
        content = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or str(error).partition("\n")[0]
        raise ValueError(f"{source}{line}: expected YAML, {problem}") from None
    except RecursionError:
        raise ValueError(f"{source}: expected YAML, it is nested too deeply") from None
    return {} if content is None else content


class _Loader(yaml.SafeLoader):
    """Words and numbers as in YAML 1.2, where `1e-3` is a number and `off` a word; a key stands once in its mapping.

    Of YAML 1.1 there is `<<: *NAME`, which begins a mapping with what another one says. Nothing contains itself.
    """

    yaml_implicit_resolvers: dict = {}  # noqa: RUF012 - the base class's name

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._open: list[str | None] = []

    def compose_node(self, parent: yaml.Node | None, index: object) -> yaml.Node:
        event, is_alias = self.peek_event(), self.check_event(yaml.AliasEvent)
        if is_alias and event.anchor in self._open:
            problem = f"*{event.anchor} stands within &{event.anchor}, which would contain itself"
            raise yaml.composer.ComposerError(None, None, problem, event.start_mark)
        self._open.append(None if is_alias else event.anchor)
        node = super().compose_node(parent, index)
        self._open.pop()
        return node

    def compose_mapping_node(self, anchor: str | None) -> yaml.MappingNode:
        # Here `<<` has not been replaced yet by keys that the mapping may say again.
        node = super().compose_mapping_node(anchor)
        seen = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise yaml.composer.ComposerError(None, None, f"the key {key.value} stands twice", key.start_mark)
            seen.add(key.value)
        return node


# Whole numbers of no more digits than a float can hold, without a leading 0, which would make them octal.
for _name, _pattern, _first in (
    ("merge", "<<", ["<"]),
    ("null", r"~|null|", ["~", "n", ""]),
    ("bool", "true|false", ["t", "f"]),
    ("int", r"[-+]?(0|[1-9][0-9]{0,14})", [*"-+0123456789"]),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.inf|\.nan", [*"-+.0123456789"]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_name}", re.compile(f"^(?:{_pattern})$"), _first)
