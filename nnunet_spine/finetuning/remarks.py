"""What a user should know of a fine-tuning, in lines; none of it keeps the command from going on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nnunet_spine.dataset_conversion.splits import SPLITS
from nnunet_spine.finetuning.model import TrainedModel
from nnunet_spine.finetuning.preparation import Target, moved_away
from nnunet_spine.plumbing.names import FOLD
from nnunet_spine.plumbing.wording import listed
from nnunet_spine.training.patients import patients_of


def remarks_on_fold(model: TrainedModel, target: Target) -> Iterator[str]:
    """Where the folds come from if they are new, and whom the validation of the fold knows from training.

    Args:
        model: to begin from.
        target: of which the fold is one that there is.
    """
    if target.fold == "all":
        return
    yield from _new_folds(target)
    yield from _on_both_sides(target)
    yield from _seen_by_the_model(model, target)


def remarks_on_data(target: Target, output: Path) -> Iterator[str]:
    """Which images and label maps were changed after they were preprocessed: the training does not see the change.

    Args:
        target: what is trained on.
        output: folder of the run, which may not be there.
    """
    changed = target.outdated()
    if changed:
        names = listed([file.name for file in changed], 3)
        folders = [target.data, *([output] if output.is_dir() else [])]
        yield (
            f"Newer than what was preprocessed of them, and not preprocessed again: {names}. To begin anew with them, "
            f"type\n{moved_away(*folders)}\nand the same command again."
        )


def _new_folds(target: Target) -> Iterator[str]:
    if target.split_file is not None:
        return
    if target.split is None:
        yield (
            f"{target.raw.name} has no {SPLITS} and is of one patient: nnU-Net splits it by case, and validates on the "
            "patient that it trains on."
        )
    else:
        yield f"{target.raw.name} has no {SPLITS}: {len(target.split)} folds are made, by patient."


def _on_both_sides(target: Target) -> Iterator[str]:
    """Of the fold in a file; nnU-Net's own folds are by case."""
    if target.split_file is None or target.split is None:
        return
    sides = (target.split[target.fold].get(side, ()) for side in ("train", "val"))
    train, val = (set(patients_of(names, target.raw.folder).values()) for names in sides)
    if both := sorted(train & val):
        yield (
            f"{target.split_file}: fold {target.fold} has patients in train and in val ({listed(both)}): its "
            "validation scores will be too good. Move the file away before a new run for folds by patient."
        )


def _seen_by_the_model(model: TrainedModel, target: Target) -> Iterator[str]:
    """The validation patients of another fold of the model's own data set."""
    folder = model.checkpoint.parent.name
    own = folder.removeprefix(FOLD)
    if target.raw.name != model.dataset or not folder.startswith(FOLD) or own == str(target.fold):
        return
    advice = "" if own == "all" else f"; --fold {own} has those that it was not trained on"
    yield (
        f"The model was trained on fold {own} of {model.dataset}: it has seen validation patients of fold "
        f"{target.fold}, whose scores will be too good{advice}."
    )
