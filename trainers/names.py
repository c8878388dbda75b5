"""The grammar of trainer names: `nnUNetTrainer` + parts + an optional run length, each name a class made on demand.

    nnUNetTrainerSynthSpine                     synthetic training images, everything else nnU-Net's
    nnUNetTrainerSynthSpineReportUNet_20x50iter the small network as well, 20 epochs of 50 iterations
    nnUNetTrainer_3x10iter                      nnU-Net's own trainer, shortened

Parts come in the order of `KINDS`, at most one of each kind, so that a combination has exactly one name.
"""

from __future__ import annotations

import difflib
import re
from functools import cache
from itertools import product

from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer

from nnunet_spine.trainers.one_cycle import OneCycle
from nnunet_spine.trainers.part import Part
from nnunet_spine.trainers.real_spine import RealSpine
from nnunet_spine.trainers.report_unet import ReportUNet
from nnunet_spine.trainers.run_length import RunLength
from nnunet_spine.trainers.synth_spine import SynthSpine

PREFIX = "nnUNetTrainer"
MODULE = "nnunet_spine.trainers"

KINDS: dict[str, dict[str, type[Part]]] = {
    "data": {"RealSpine": RealSpine, "SynthSpine": SynthSpine},
    "network": {"ReportUNet": ReportUNet},
    "recipe": {"OneCycle": OneCycle},
}
"""Every part by its kind and name; the order of the kinds is the order of the parts in a name."""

_RUN_LENGTH = re.compile(r"_(?:(?P<epochs>[1-9]\d*)epochs?|(?P<n>[1-9]\d*)x(?P<iterations>[1-9]\d*)iter)$")
_PARTS = re.compile("".join(f"(?P<{kind}>{'|'.join(parts)})?" for kind, parts in KINDS.items()))


@cache
def resolve(name: str) -> type[nnUNetTrainer]:
    """The trainer class of that name; the same object at every call, so that it can be pickled by name.

    Raises:
        AttributeError: the name is not of the grammar, or is nnU-Net's own; a near name is suggested.
    """
    run_length = _RUN_LENGTH.search(name)
    stem = name[: run_length.start()] if run_length else name
    parts = _PARTS.fullmatch(stem.removeprefix(PREFIX))
    if not name.startswith(PREFIX) or name == PREFIX or parts is None:
        raise AttributeError(f"module {MODULE!r} has no trainer {name!r}{_suggestion(stem)}")
    bases = [KINDS[kind][part] for kind, part in parts.groupdict().items() if part]
    if run_length:
        bases.insert(0, _run_length_class(run_length))
    return type(name, (*bases, nnUNetTrainer), {"__module__": MODULE, "__doc__": _describe(bases)})


def stems() -> list[str]:
    """Every combination of parts there is, without run lengths."""
    choices = [("", *parts) for parts in KINDS.values()]
    return [PREFIX + "".join(combination) for combination in product(*choices) if any(combination)]


def _run_length_class(match: re.Match[str]) -> type[RunLength]:
    epochs = int(match["epochs"] or match["n"])
    iterations = int(match["iterations"]) if match["iterations"] else None
    return type("RunLength", (RunLength,), {"epochs": epochs, "iterations": iterations, "__module__": MODULE})


def _describe(bases: list[type[Part]]) -> str:
    return "nnUNetTrainer with " + ", ".join(base.__name__ for base in bases) + "."


def _suggestion(stem: str) -> str:
    near = difflib.get_close_matches(stem, stems(), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
