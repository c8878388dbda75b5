"""Whether everything is in place for the commands to work, in plain words: `nnunet-spine doctor`.

Every check is a function without arguments that yields findings. A new one is written beside its like and added to
`CHECKS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from nnunet_spine.doctor import copies, datasets, folders, machine, trainers, versions
from nnunet_spine.doctor.finding import Finding, Status, problem

__all__ = ["CHECKS", "Finding", "Status", "examine"]

Check = Callable[[], Iterable[Finding]]

CHECKS: tuple[tuple[str, Check], ...] = (
    ("python", versions.check_python),
    ("nnunet-spine", versions.check_this_package),
    ("nnunetv2", versions.check_nnunet),
    ("torch", versions.check_torch),
    ("copies", copies.check_copies),
    ("commands", versions.check_commands),
    ("folders", folders.check_folders),
    ("disk space", folders.check_space),
    ("data sets", datasets.check_datasets),
    ("discovery", trainers.check_startup),
    ("trainers", trainers.check_trainers),
    ("device", machine.check_device),
    ("memory", machine.check_memory),
)
"""Every check by its topic, in the order of the report."""


def examine(checks: Iterable[tuple[str, Check]] = CHECKS) -> list[Finding]:
    """The findings of all checks; a check that fails is a finding itself and does not stop the others."""
    findings: list[Finding] = []
    for topic, check in checks:
        try:
            findings += check()
        except Exception as error:  # whatever breaks is what the user wants to hear about
            text = f"could not be checked: {type(error).__name__}: {error}"
            findings.append(problem(topic, text, "Reinstall nnunet-spine in a fresh environment if this persists."))
    return findings
