"""Whether the network of a trainer is that of a model, and which of its weights cannot be carried over."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping
from typing import Any

from nnunetv2.utilities.find_objects import recursive_find_trainer_class_by_name
from nnunetv2.utilities.label_handling.label_handling import determine_num_input_channels
from nnunetv2.utilities.plans_handling.plans_handler import PlansManager

from nnunet_spine.finetuning.checkpoints import Weights, mismatches, some
from nnunet_spine.finetuning.model import TrainedModel, classes_of
from nnunet_spine.trainers.nearest import nearest


def find_trainer(name: str) -> type:
    """The class of a trainer, by nnU-Net's own search.

    Raises:
        ValueError: if there is none.
    """
    try:
        # The search says on both streams what it makes of a wrong name; one message is enough.
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            return recursive_find_trainer_class_by_name(name)
    except RuntimeError:
        near = nearest(name)
        hint = f"did you mean {near}?" if near else "see nnunet-spine trainers"
        raise ValueError(f"trainer {name}: nnU-Net finds none of this name; {hint}") from None


def new_heads(trainer: type, model: TrainedModel, plans: Mapping[str, Any], description: Mapping[str, Any]) -> set[str]:
    """Names of the weights that a fine-tuning has to learn anew: none where the classes are the model's.

    Args:
        trainer: class of the trainer to fine-tune by.
        model: the trained model.
        plans: of the data set to train on.
        description: its dataset.json.

    Raises:
        ValueError: if the trainer's network is another one than the model's.
    """
    weights = _weights(trainer, model, plans, description)
    heads: set[str] = set()
    if classes_of(description) != classes_of(model.description):
        # What grows with the number of outputs is a head, whatever a network calls it.
        heads = set(mismatches(weights, _weights(trainer, model, plans, description, more=1)))
    found = {key: text for key, text in mismatches(model.weights, weights).items() if key not in heads}
    if found:
        raise ValueError(
            f"{trainer.__name__} has another network than the model ({model.trainer}); first is the model, second the "
            f"trainer: {some(found)}. Name a trainer of the same network by --trainer"
        )
    return heads


def _weights(
    trainer: type, model: TrainedModel, plans: Mapping[str, Any], description: Mapping[str, Any], more: int = 0
) -> Weights:
    manager = PlansManager(dict(plans))
    configuration = manager.get_configuration(model.configuration)
    inputs = determine_num_input_channels(manager, configuration, description)
    outputs = manager.get_label_manager(description).num_segmentation_heads + more
    return trainer.build_network_architecture(manager, configuration, inputs, outputs, False).state_dict()
