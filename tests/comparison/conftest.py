"""Collections of made-up results; see `example.py` for what is in them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nnunet_spine.comparison.reading.collect import Collection, collect
from nnunet_spine.evaluation.results import Results

from .example import everything, make_results, write_all


@pytest.fixture
def collected(tmp_path: Path) -> Callable[..., Collection]:
    """Writes results and collects them."""
    folders = iter(range(1000))
    return lambda *results: collect([write_all(tmp_path / f"collected{next(folders)}", results)])


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """Everything, of the 4-class scheme."""
    return collect([write_all(tmp_path_factory.mktemp("full"), everything())])


@pytest.fixture(scope="session")
def numbered(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """Two arms of the 14-class scheme, as acquired."""
    some: list[Results] = [make_results(arm, scheme="14class") for arm in ("Real", "Synth")]
    return collect([write_all(tmp_path_factory.mktemp("numbered"), some)])
