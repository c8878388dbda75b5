"""What the tests of experiments share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

SMALL = """\
name: small
question: Does it work?
requires: nothing
datasets:
  real: {id: 501, spider: spider}
arms:
  real: {dataset: real, trainer: nnUNetTrainer}
tests:
  held_out: {dataset: real}
"""
"""The shortest experiment there is."""


@pytest.fixture
def experiment_file(tmp_path: Path) -> Callable[..., Path]:
    """Writes an experiment file: the shortest one, or a text, under a name."""

    def write(text: str = SMALL, name: str = "small.yaml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write
