"""The checkpoint of epoch 0 that nnU-Net goes on from.

nnU-Net's own -pretrained_weights leaves out the heads. Without them the first steps on a few images work against random
outputs, and there is nothing to average. So a run is made to look as if it had been stopped before its first epoch, and
`nnUNetv2_train --c` goes on with it, as it goes on with itself when it is stopped later.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Collection
from pathlib import Path
from typing import Any

import torch

from nnunet_spine.finetuning.checkpoints import read_checkpoint
from nnunet_spine.finetuning.model import TrainedModel
from nnunet_spine.finetuning.plans import variables
from nnunet_spine.finetuning.preparation import Target
from nnunet_spine.finetuning.rehearsal import make_trainer
from nnunet_spine.plumbing.files import write_beside
from nnunet_spine.plumbing.names import BEST, FINAL, LATEST
from nnunet_spine.steps.seeds import seed_everything

STORED_AS = "fine_tuned_from"
"""Key among the `init_args` of a checkpoint, which all later checkpoints of a run inherit."""


def begun_run(output: Path, model: TrainedModel) -> Path | None:
    """The checkpoint that a run in this folder would go on from, None without one.

    Raises:
        ValueError: if the run there did not start from this model.
    """
    path = next((output / name for name in (FINAL, LATEST, BEST) if (output / name).is_file()), None)
    if path is None:
        return None
    start = read_checkpoint(path)["init_args"].get(STORED_AS)
    if start is None or start["sha256"] != model.sha256:
        other = f"started from {start['checkpoint']}" if start else "did not start from a trained model"
        raise ValueError(f"{output} holds a run that {other}; move it away to start one from {model.checkpoint}")
    return path


def write_start(
    trainer: type, target: Target, model: TrainedModel, heads: Collection[str], device: str, seed: int | None
) -> None:
    """Write the checkpoint of epoch 0 into the folder of the run.

    Args:
        trainer: class of the trainer.
        target: the prepared data set.
        model: where the weights come from.
        heads: names of weights that stay random.
        device: torch device type that the run will have.
        seed: of these; None for none.
    """
    if seed is not None:
        seed_everything(seed, 0)
    # Weights & Biases is left out, or it would count this as a run.
    with contextlib.redirect_stdout(io.StringIO()), variables(nnUNet_wandb_enabled="0"):
        made = make_trainer(trainer, target)
        made.initialize()
        _load(made.network, model, heads)
        made.my_init_kwargs["device"] = torch.device(device)
        made.my_init_kwargs[STORED_AS] = _record(model)
        made.current_epoch = -1  # a checkpoint holds the number of the next epoch
        write_beside(Path(made.output_folder) / LATEST, made.save_checkpoint)


def _load(network: torch.nn.Module, model: TrainedModel, heads: Collection[str]) -> None:
    weights = {key: value for key, value in model.weights.items() if key not in heads}
    network.load_state_dict({**network.state_dict(), **weights})


def _record(model: TrainedModel) -> dict[str, Any]:
    return {"checkpoint": str(model.checkpoint), "sha256": model.sha256, "trainer": model.trainer}
