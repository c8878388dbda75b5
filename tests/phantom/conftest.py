from __future__ import annotations

from pathlib import Path

import pytest

from nnunet_spine.phantom import write_phantom


@pytest.fixture(scope="session")
def phantom(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two patients with all three sequences: the first is stored as LPS, the second as PIR."""
    return write_phantom(tmp_path_factory.mktemp("phantom") / "spider", 2, ("t1", "t2", "t2_SPACE"), seed=3)
