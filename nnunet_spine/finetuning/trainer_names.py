"""The trainer that a model of a trainer is fine-tuned by."""

from __future__ import annotations

from nnunet_spine.trainers.names import KINDS, PREFIX, bases_of
from nnunet_spine.training.suffixes import with_suffixes

REPLACED = {"data": "RealSpine", "recipe": "FineTune"}
"""Parts that a fine-tuning has instead of the model's."""

BROUGHT_ALONG = {"Report": {"loss": "DiceCE"}}
"""Parts that a replaced one stood for where a name has none of their kind."""


def tuned_name(trainer: str, patients: int | None = None) -> str:
    """Name of the trainer with network and loss of the model's, on real images, by the recipe of fine-tuning.

    The length of the model's run and its number of patients are left out. Of a trainer that is not of this package
    nothing is known: nnU-Net's network and loss are taken, and the weights show whether the network is the same.

    Args:
        trainer: of the model.
        patients: how many to train on; None for all.

    Raises:
        ValueError: if the number is not positive.
    """
    if patients is not None and patients < 1:
        raise ValueError(f"patients: expected at least 1, got {patients}")
    made_of = bases_of(trainer)
    named = {kind: name for kind, parts in KINDS.items() for name, part in parts.items() if part in made_of}
    kept = BROUGHT_ALONG.get(named.get("recipe", ""), {}) | named | REPLACED
    names = [kept.get(kind, "") for kind in KINDS]
    return with_suffixes(PREFIX + "".join(names), patients)
