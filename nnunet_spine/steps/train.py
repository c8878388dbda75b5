"""nnU-Net's training in this process: with a seed, with as many threads as it is given, going on where it stopped.

    python -m nnunet_spine.steps.train DATASET CONFIGURATION FOLD -tr NAME -p PLANS --seed 0 --threads 8 -device cuda

Two trainings with the same seed have the same initial weights, and the same random numbers in this process: what
networks drop out, and every synthetic image. What nnU-Net's workers draw is not seeded: which cases and patches are
loaded, and how real images are augmented. With nnUNet_n_proc_DA=0 there are no workers, all is drawn here, and on the
CPU the weights at the end are the same; on a GPU nearly, since nnU-Net lets cuDNN choose its algorithms. A training
that was stopped goes on with numbers of its own, which depend on the seed and the epoch.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nnunet_spine.dataset_conversion.nnunet_raw import NnunetFolders
from nnunet_spine.plumbing.names import FINAL
from nnunet_spine.steps.entry import run_as_program
from nnunet_spine.steps.processes import end_forks_with_this_process


@dataclass(frozen=True)
class Training:
    """What to train.

    Attributes:
        dataset: id or name of the data set, in nnUNet_preprocessed.
        configuration: nnU-Net's.
        fold: its number, or `all`.
        trainer: name of the trainer.
        plans: name of the plans.
    """

    dataset: str
    configuration: str
    fold: str
    trainer: str
    plans: str

    @property
    def folder(self) -> Path:
        """Where nnU-Net puts it."""
        from nnunetv2.utilities.dataset_name_id_conversion import maybe_convert_to_dataset_name

        name = maybe_convert_to_dataset_name(int(self.dataset) if self.dataset.isdecimal() else self.dataset)
        model = f"{self.trainer}__{self.plans}__{self.configuration}"
        return Path(NnunetFolders.from_environment().results, name, model, f"fold_{self.fold}")


def main(argv: Sequence[str] | None = None) -> None:
    """Train and validate."""
    parser = argparse.ArgumentParser(description="nnU-Net's training, seeded.")
    parser.add_argument("dataset")
    parser.add_argument("configuration")
    parser.add_argument("fold")
    parser.add_argument("-tr", default="nnUNetTrainer", metavar="TRAINER")
    parser.add_argument("-p", default="nnUNetPlans", metavar="PLANS")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--threads", type=int, default=1, help="of torch on the CPU, and processes of the validation")
    parser.add_argument("-device", default="cuda", choices=("cpu", "cuda", "mps"))
    args = parser.parse_args(argv)
    # nnU-Net reads it when it is imported.
    os.environ.setdefault("nnUNet_def_n_proc", str(args.threads))
    train(Training(args.dataset, args.configuration, args.fold, args.tr, args.p), args.seed, args.threads, args.device)


def train(training: Training, seed: int, threads: int, device: str) -> None:
    """Train and validate, or do what is left of it; nothing if it is done.

    Args:
        training: what to train.
        seed: of everything that this process draws.
        threads: of torch on the CPU; on a GPU one, as nnU-Net has it.
        device: torch device type.
    """
    import torch
    from nnunetv2.run.run_training import run_training

    from nnunet_spine.finetuning.checkpoints import epoch_to_go_on_with
    from nnunet_spine.steps.seeds import seed_everything

    folder = training.folder
    if (folder / FINAL).is_file() and (folder / "validation" / "summary.json").is_file():
        print(f"{folder}: trained and validated before")
        return
    end_forks_with_this_process()
    epoch = epoch_to_go_on_with(folder)
    seed_everything(seed, epoch or 0)
    torch.set_num_threads(threads if device == "cpu" else 1)
    run_training(
        training.dataset,
        training.configuration,
        training.fold,
        training.trainer,
        training.plans,
        continue_training=epoch is not None,
        device=torch.device(device),
    )


if __name__ == "__main__":
    run_as_program(main)
