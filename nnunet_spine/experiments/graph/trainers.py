"""What the name of a trainer says: what it synthesises with, and for how long it trains."""

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
        synthesis: its own settings of synthesis; None if it synthesises nothing, as far as is known.
        fitted: whether it needs intensities that are fitted to real images.
        epochs: how many it has; None where nobody knows.
        plans_as: name of a trainer that changes plans in the same way: without number of patients and length.
    """

    synthesis: Mapping[str, Any] | None
    fitted: bool
    epochs: int | None
    plans_as: str


@cache
def facts_of(name: str) -> TrainerFacts:
    """What is known of a trainer by its name; of one that is not of this package little."""
    # These load torch and nnU-Net.
    from nnunet_spine.trainers.fine_tune import EPOCHS, FineTune
    from nnunet_spine.trainers.names import bases_of
    from nnunet_spine.trainers.synth_spine import SynthSpine
    from nnunet_spine.trainers.synth_spine_variants import SynthSpineFitted

    parts = bases_of(name)
    synthesising = next((part for part in parts if issubclass(part, SynthSpine)), None)
    length = _LENGTH.search(name)
    known = parts or name == "nnUNetTrainer"
    epochs = EPOCHS if FineTune in parts else _NNUNETS_EPOCHS if known else None
    return TrainerFacts(
        synthesis=None if synthesising is None else dict(synthesising.settings),
        fitted=SynthSpineFitted in parts,
        epochs=int(length[1]) if length else epochs,
        plans_as=name.partition("_")[0] if parts else name,
    )
