"""The grammar of trainer names: `nnUNetTrainer` + parts + suffixes, each name a class made on demand.

    nnUNetTrainerSynthSpine                              synthetic training images, everything else nnU-Net's
    nnUNetTrainerSynthSpineReportUNetFocalDice_20x50iter another network and loss as well, 20 epochs of 50 iterations
    nnUNetTrainerRealSpine_5patients                     real images of 5 patients
    nnUNetTrainer_3x10iter                               nnU-Net's own trainer, shortened

Parts come in the order of `KINDS`, at most one of each kind, so that no combination has two names, and two runs of the
same training do not end up in two folders.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import product

from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer

from nnunet_spine.trainers.attention_unet import AttentionUNet
from nnunet_spine.trainers.bf16 import BF16
from nnunet_spine.trainers.boundary import Boundary
from nnunet_spine.trainers.dice_ce import DiceCE
from nnunet_spine.trainers.fine_tune import FineTune
from nnunet_spine.trainers.focal_dice import FocalDice
from nnunet_spine.trainers.focal_tversky import FocalTversky
from nnunet_spine.trainers.mix_spine import MixSpine
from nnunet_spine.trainers.modified_unet import ModifiedUNet
from nnunet_spine.trainers.muon_cycle import MuonCycle
from nnunet_spine.trainers.one_cycle import OneCycle
from nnunet_spine.trainers.paper_unet import PaperUNet
from nnunet_spine.trainers.part import Part
from nnunet_spine.trainers.patients import Patients
from nnunet_spine.trainers.real_spine import RealSpine
from nnunet_spine.trainers.report import Report
from nnunet_spine.trainers.report_unet import ReportUNet
from nnunet_spine.trainers.run_length import RunLength
from nnunet_spine.trainers.single_output import SingleOutput
from nnunet_spine.trainers.strong_aug import StrongAug
from nnunet_spine.trainers.synth_spine import SynthSpine
from nnunet_spine.trainers.synth_spine_variants import (
    SynthSpineFitted,
    SynthSpinePresetReport,
    SynthSpinePresetStrong,
    SynthSpinePresetSynthSeg,
    SynthSpineT1,
    SynthSpineT2,
)
from nnunet_spine.trainers.tversky import Tversky
from nnunet_spine.trainers.unet_plus_plus import UNetPlusPlus
from nnunet_spine.training.suffixes import SUFFIXES as _SUFFIXES

PREFIX = "nnUNetTrainer"
MODULE = "nnunet_spine.trainers"


def _by_name(*parts: type[Part]) -> dict[str, type[Part]]:
    return {part.__name__: part for part in parts}


KINDS: dict[str, dict[str, type[Part]]] = {
    "data": _by_name(
        RealSpine,
        SynthSpine,
        SynthSpineT1,
        SynthSpineT2,
        SynthSpineFitted,
        SynthSpinePresetReport,
        SynthSpinePresetSynthSeg,
        SynthSpinePresetStrong,
        MixSpine,
        StrongAug,
    ),
    "network": _by_name(ReportUNet, ModifiedUNet, PaperUNet, AttentionUNet, UNetPlusPlus),
    "supervision": _by_name(SingleOutput),
    "loss": _by_name(FocalDice, DiceCE, Tversky, FocalTversky, Boundary),
    "recipe": _by_name(OneCycle, MuonCycle, Report, FineTune),
    "precision": _by_name(BF16),
}
"""Every part by its kind and name; the order of the kinds is the order of the parts in a name."""

SUFFIXES = {
    "_5patients": "the first 5 patients of the fold's training patients, in an order that is always the same",
    "_20epochs": "20 epochs of nnU-Net's 250 iterations",
    "_20x50iter": "20 epochs of 50 iterations",
}
"""Examples of what may follow the parts, in this order, and what they mean; one of the last two."""

_PARTS = re.compile("".join(f"(?P<{kind}>{'|'.join(parts)})?" for kind, parts in KINDS.items()))


@cache
def resolve(name: str) -> type[nnUNetTrainer]:
    """The trainer class of that name; the same object at every call, so that it can be pickled by name.

    Raises:
        AttributeError: the name is not of the grammar, or is nnU-Net's own; a near name is suggested.
    """
    bases = bases_of(name)
    if not bases:
        from nnunet_spine.trainers.nearest import nearest

        near = nearest(name)
        hint = f"; did you mean {near!r}?" if near else ""
        raise AttributeError(f"module {MODULE!r} has no trainer {name!r}{hint}", name=name)
    return type(name, (*bases, nnUNetTrainer), {"__module__": MODULE, "__doc__": _describe(bases)})


def bases_of(name: str) -> list[type[Part]]:
    """The parts that a trainer of that name is made of; none if it is not of the grammar, or nnU-Net's own."""
    stem, mark, suffix = name.removeprefix(PREFIX).partition("_")
    parts, suffixes = _PARTS.fullmatch(stem), _SUFFIXES.fullmatch(mark + suffix)
    if not name.startswith(PREFIX) or parts is None or suffixes is None:
        return []
    return _suffix_classes(suffixes) + [KINDS[kind][part] for kind, part in parts.groupdict().items() if part]


def stems() -> list[str]:
    """Every combination of parts there is, without suffixes."""
    choices = [("", *parts) for parts in KINDS.values()]
    return [PREFIX + "".join(combination) for combination in product(*choices) if any(combination)]


def _suffix_classes(match: re.Match[str]) -> list[type[Part]]:
    classes = []
    if match["patients"]:
        patients = int(match["patients"])
        classes.append(_with(Patients, f"The first {patients} of the fold's training patients.", patients=patients))
    if match["epochs"] or match["n"]:
        epochs = int(match["epochs"] or match["n"])
        iterations = int(match["iterations"]) if match["iterations"] else None
        says = f"{epochs} epochs of {iterations or 250} iterations."
        classes.append(_with(RunLength, says, epochs=epochs, iterations=iterations))
    return classes


def _with(part: type[Part], says: str, **attributes: int | None) -> type[Part]:
    return type(part.__name__, (part,), {**attributes, "__module__": MODULE, "__doc__": says})


def _describe(bases: list[type[Part]]) -> str:
    return "nnUNetTrainer with " + ", ".join(base.__name__ for base in bases) + "."
