"""What people read about the names of trainers."""

from __future__ import annotations

import contextlib
import io

from nnunetv2.utilities.find_objects import recursive_find_trainer_class_by_name

from nnunet_spine.trainers.names import KINDS, PREFIX, SUFFIXES, bases_of, resolve

WITHOUT = {
    "data": "real images as nnU-Net augments them",
    "network": "the network of the plan",
    "supervision": "as the network has it",
    "loss": "nnU-Net's: Dice and cross entropy",
    "recipe": "nnU-Net's: SGD with a polynomial decay, 1000 epochs",
    "precision": "single on a CPU; on a GPU nnU-Net's, with float16 in the network",
}
"""What it is without a part of that kind."""

EXAMPLES = (
    "nnUNetTrainerSynthSpine",
    "nnUNetTrainerSynthSpineT1",
    "nnUNetTrainerModifiedUNetFocalDice",
    "nnUNetTrainerMixSpine",
    "nnUNetTrainerAttentionUNetTversky",
    "nnUNetTrainerSynthSpineReportUNetReport_20epochs",
    "nnUNetTrainerRealSpine_5patients_20x50iter",
)


def grammar() -> str:
    """Every part of every kind, the suffixes and examples."""
    lines = [f"{PREFIX} + one part or none of each kind, in this order + suffixes. Every combination exists.", ""]
    for kind, parts in KINDS.items():
        lines += [
            f"{kind} (without: {WITHOUT[kind]})",
            *_table({name: _says(part) for name, part in parts.items()}),
            "",
        ]
    lines += ["suffixes", *_table(SUFFIXES), "", "examples", *(f"  {name}" for name in EXAMPLES), ""]
    return "\n".join([*lines, "nnU-Net takes any of them: nnUNetv2_train DATASET 2d 0 -tr NAME"])


def explanation(name: str) -> str:
    """What each part of a name means, or whose trainer it is.

    Raises:
        ValueError: if there is no such trainer, with the nearest name that there is.
    """
    try:
        resolve(name)
    except AttributeError as error:
        other = _found_elsewhere(name)
        if other:
            return f"{name}: a trainer of {other.__module__}, nothing of this package"
        raise ValueError(f"{str(error).partition('has ')[2]}; nnunet-spine trainers lists all parts") from None
    return "\n".join([name, *_table({base.__name__: _says(base) for base in bases_of(name)})])


def _found_elsewhere(name: str) -> type | None:
    """A trainer that nnU-Net finds: its own, or the user's."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            return recursive_find_trainer_class_by_name(name)
        except RuntimeError:
            return None


def _says(part: type) -> str:
    return (part.__doc__ or "").partition("\n")[0].rstrip(".")


def _table(rows: dict[str, str]) -> list[str]:
    width = max(map(len, rows))
    return [f"  {name:<{width}}  {text}" for name, text in rows.items()]
