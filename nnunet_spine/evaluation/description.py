"""The dataset.json that says what predictions and references mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from nnunet_spine.plumbing.datasets import read_description

_FILE = "dataset.json"


def find_description(prediction: Path, reference: Path, given: Path | None) -> Mapping[str, Any]:
    """Content of the dataset.json of an evaluation.

    nnUNetv2_predict leaves one beside its predictions; from `fold_X/validation` the model's folder is two up, from a
    folder of your own in the model's folder one. The references have theirs in the same folder, or in the one above.

    Args:
        prediction: folder of the predictions.
        reference: folder of the references.
        given: the file to take, whatever lies there; None to look for it.

    Raises:
        ValueError: if there is none, it is not as nnU-Net expects it, or predictions and references have different
            labels.
        OSError: if a file cannot be read.
    """
    if given is not None:
        return read_description(given)
    folder = prediction.resolve()
    predicted = _first((folder, *folder.parents[:2]))
    labelled = _first((reference.resolve(), reference.resolve().parent))
    found = [file for file in (predicted, labelled) if file is not None]
    if not found:
        raise ValueError(
            "no dataset.json in the folder of the predictions, the two above it, the folder of the references, or the "
            "one above it; give it by --dataset-json FILE"
        )
    descriptions = [read_description(file) for file in found]
    if descriptions[0]["labels"] != descriptions[-1]["labels"]:
        listed = "; ".join(f"{file}: {one['labels']}" for file, one in zip(found, descriptions, strict=True))
        raise ValueError(
            f"predictions and references have different labels ({listed}); if they mean the same, say which by "
            "--dataset-json FILE"
        )
    return descriptions[0]


def _first(folders: Iterable[Path]) -> Path | None:
    return next((folder / _FILE for folder in folders if (folder / _FILE).is_file()), None)
