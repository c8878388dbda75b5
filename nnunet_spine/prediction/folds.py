"""Where nnU-Net leaves a model: a folder with plans.json and dataset.json, and in it a folder for each fold."""

from __future__ import annotations

from pathlib import Path

from nnunet_spine.plumbing.names import DESCRIPTION, FINAL, FOLD, PLANS

FORMS = "the folder of a trained model or of one of its folds, or a checkpoint in it"
"""What `checkpoints_of` takes, in words."""


def checkpoints_of(path: Path, expected: str = f"expected {FORMS}") -> tuple[Path, ...]:
    """The checkpoints of a model's folder (its final ones, of every fold), of a fold's folder, or the one given.

    Args:
        path: the folder or file.
        expected: what the user may give, for messages.

    Raises:
        ValueError: if there is none, or it does not lie where nnU-Net puts it: in a folder of a fold, beside which the
            plans of the model are.
    """
    # A checkpoint may be a link, whose target lies in no model.
    path = path.parent.resolve() / path.name if path.is_file() else path.resolve()
    if path.is_file():
        found = [path] if path.suffix == Path(FINAL).suffix else []
    elif (path / PLANS).is_file():
        found = sorted(path.glob(f"{FOLD}*/{FINAL}"))
    else:
        found = [path / FINAL] if (path / FINAL).is_file() else []
    if not found:
        raise ValueError(f"{path}: no {'checkpoint' if path.is_file() else FINAL + ' there'}; {expected}")
    fold, model = found[0].parent, found[0].parents[1]
    if not fold.name.startswith(FOLD):
        raise ValueError(f"{path}: it lies in {fold.name}, which is no folder {FOLD}X of a fold; {expected}")
    missing = [name for name in (PLANS, DESCRIPTION) if not (model / name).is_file()]
    if missing:
        raise ValueError(f"{path}: no {' and no '.join(missing)} in {model}; {expected}")
    return tuple(found)


def unfinished_folds(path: Path) -> tuple[str, ...]:
    """Names of the folds in a model's folder that `checkpoints_of` passes over: their training has not ended."""
    if not (path / PLANS).is_file():
        return ()
    return tuple(sorted(one.name for one in path.glob(f"{FOLD}*") if one.is_dir() and not (one / FINAL).is_file()))
