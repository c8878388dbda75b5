"""Adds the folder with our trainers to nnU-Net's `nnUNet_extTrainer`; called at every interpreter start.

`nnunet_spine.pth` calls `activate` and swallows what goes wrong, since a broken plugin must not break Python itself;
`nnunet-spine doctor` tells about it instead. (From Python 3.18 on, PEP 829 wants a `.start` file for the same purpose.)
"""

import os

VARIABLE = "nnUNet_extTrainer"
SHIM_FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "ext")

_TAIL = os.sep + os.path.join("nnunet_spine", "discovery", "ext")


def activate() -> None:
    """Make the shim folder the last entry of `nnUNet_extTrainer`, for this process and those it starts."""
    os.environ[VARIABLE] = extended(os.environ.get(VARIABLE, ""))


def extended(value: str) -> str:
    """The variable's value with the shim folder as its last entry.

    The user's own entries stay in front, so that nnU-Net prefers them. A shim folder that is there already was
    inherited from a parent process: it is not repeated, and the one of another environment's copy of this package is
    dropped, because it would only answer with the trainers of this environment.
    """
    others = [entry for entry in value.split(os.pathsep) if entry.strip() and not is_shim(entry)]
    return os.pathsep.join([*others, SHIM_FOLDER])


def is_shim(entry: str) -> bool:
    """Whether an entry of the variable is the shim folder of this or another copy of the package."""
    return os.path.normpath(entry.strip()).endswith(_TAIL)
