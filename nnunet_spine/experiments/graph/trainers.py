"""What a trainer's class and name say: what it synthesises with, of how many patients, and for how long it trains."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

_NNUNETS_EPOCHS = 1000
_LENGTH = re.compile(r"_(\d+)(?:epochs?|x\d+iter)(?=_|$)")


@dataclass(frozen=True)
class TrainerFacts:
    """What the graph has to know of a trainer.

    Attributes:
        synthesis: its own settings of synthesis; None if it synthesises nothing.
        fitted: whether it needs intensities that are fitted to real images.
        patients: how many it trains on; None for all of the fold.
        epochs: how many it has; None where nobody knows.
        plans_as: name of a trainer that changes plans in the same way: without number of patients and length.
    """

    synthesis: Mapping[str, Any] | None
    fitted: bool
    patients: int | None
    epochs: int | None
    plans_as: str


@cache
def facts_of(name: str) -> TrainerFacts:
    """What is known of a trainer; of a class of the user's all but its length, and how it changes plans.

    Raises:
        ValueError: if nnU-Net finds none of this name, or only a run could tell what it synthesises with.
    """
    # These load torch and nnU-Net.
    from nnunet_spine.finetuning.network import find_trainer
    from nnunet_spine.trainers.fine_tune import EPOCHS, FineTune
    from nnunet_spine.trainers.names import bases_of
    from nnunet_spine.trainers.patients import Patients
    from nnunet_spine.trainers.synth_spine_variants import SynthSpineFitted

    trainer, parts = find_trainer(name), bases_of(name)
    length = _LENGTH.search(name)
    known = parts or name == "nnUNetTrainer"
    epochs = EPOCHS if FineTune in parts else _NNUNETS_EPOCHS if known else None
    return TrainerFacts(
        synthesis=_synthesis_of(trainer),
        fitted=issubclass(trainer, SynthSpineFitted),
        patients=trainer.patients if issubclass(trainer, Patients) else None,
        epochs=int(length[1]) if length else epochs,
        plans_as=name.partition("_")[0] if parts else name,
    )


def _synthesis_of(trainer: type) -> Mapping[str, Any] | None:
    """What `own_settings` gives in a run, without priors that are fitted."""
    from nnunet_spine.trainers.synth_spine import SynthSpine
    from nnunet_spine.trainers.synth_spine_variants import SynthSpineFitted

    if not issubclass(trainer, SynthSpine):
        return None
    if trainer.own_settings is SynthSpineFitted.own_settings:
        return {}
    if trainer.own_settings is not SynthSpine.own_settings:
        raise ValueError(
            f"trainer {trainer.__name__}: expected its settings of synthesis in `settings`; its own own_settings() "
            "could only be asked in a run"
        )
    return dict(trainer.settings)
