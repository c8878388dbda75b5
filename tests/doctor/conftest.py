"""What the tests of the checks share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from nnunet_spine.doctor import folders
from nnunet_spine.doctor.finding import Finding, Status


@pytest.fixture
def statuses() -> Callable[[Iterable[Finding]], list[Status]]:
    """The statuses of what a check finds; every problem has to come with advice."""

    def statuses(findings: Iterable[Finding]) -> list[Status]:
        found = list(findings)
        assert all(finding.advice for finding in found if finding.status is Status.PROBLEM)
        return [finding.status for finding in found]

    return statuses


@pytest.fixture
def nnunet_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """nnU-Net's three folders, which exist and are empty."""
    for variable in folders.VARIABLES:
        (tmp_path / variable).mkdir()
        monkeypatch.setenv(variable, str(tmp_path / variable))
    return tmp_path
