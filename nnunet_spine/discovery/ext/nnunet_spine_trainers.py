"""The only module that nnU-Net imports from its `nnUNet_extTrainer` on our behalf.

nnU-Net imports it as a top-level module, asks `hasattr(module, trainer_name)` and forgets the module afterwards. So
its name is unique, it imports nothing before a trainer is asked for, and the classes, which worker processes must be
able to unpickle, live in `nnunet_spine.trainers`.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType


def __getattr__(name: str) -> type:
    """The trainer class of that name.

    Raises:
        AttributeError: it is not one of our trainers; nnU-Net goes on with its next folder. A near name is printed.
        ImportError: our trainers cannot be imported.
    """
    trainers = _trainers() if name.startswith("nnUNetTrainer") else None
    if trainers is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return trainers.resolve(name)
    except AttributeError as error:
        if "did you mean" in str(error):  # nnU-Net does not show it
            print(f"nnunet-spine: {error}", file=sys.stderr)
        raise


def _trainers() -> ModuleType | None:
    """Our package of trainers; None where another environment's Python inherited the variable and lacks the package."""
    try:
        return importlib.import_module("nnunet_spine.trainers")
    except ModuleNotFoundError as error:
        if error.name == "nnunet_spine":
            return None
        raise
    except AttributeError as error:
        # `hasattr` would take it for "no such trainer" and hide the fault.
        raise ImportError(f"nnunet_spine.trainers cannot be imported: {error}") from error
