"""What nnU-Net's folders tell of a prediction: model, trainer, plans, configuration, data set, folds, images."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from nnunet_spine.plumbing.files import read_json
from nnunet_spine.plumbing.names import ANSWERS

_MODEL = re.compile(r"(?!ensemble___)(?P<trainer>.+?)__(?P<plans>.+)__(?P<configuration>.+)")
_FOLDS = re.compile(r"fold_(?P<one>\d+|all)|crossval_results_folds_(?P<several>\d+(?:_\d+)*)")
_DATASET = re.compile(r"Dataset\d{3,}_.+")
_PATIENTS = re.compile(r"_(\d+)patients?(?=_|$)")
_ARGUMENTS = "predict_from_raw_data_args.json"


@dataclass(frozen=True)
class Origin:
    """Where a prediction comes from; None for what its folder does not tell.

    Attributes:
        trainer: of the model.
        plans: name of its plans.
        configuration: such as `2d`.
        dataset: that the model was trained on.
        fold: whose model predicted; several are separated by commas.
        model: its folder.
        images: folder that was predicted, as it was noted: it may be relative to somewhere else, or gone.
        called: what `nnunet-spine predict` calls the model, such as the name of an installed one.
    """

    trainer: str | None = None
    plans: str | None = None
    configuration: str | None = None
    dataset: str | None = None
    fold: str | None = None
    model: Path | None = None
    images: Path | None = None
    called: str | None = None


def origin_of(prediction: Path) -> Origin:
    """What is known of predictions by where they lie and what lies beside them.

    Within nnU-Net's results (`DatasetXXX_NAME/TRAINER__PLANS__CONFIGURATION/fold_X/validation`, the
    `crossval_results_folds_0_1_2_3_4` beside it, or a folder of your own there) everything is known by the names of the
    folders. Beside the predictions of nnUNetv2_predict, plans.json tells data set and plans, and
    predict_from_raw_data_args.json the folder of the images; nothing tells trainer, configuration and folds. Beside
    those of nnunet-spine predict, predictions.json tells what the model is called.
    """
    folder = prediction.resolve()
    # Not the folder itself, which nnUNetv2_predict lays a plans.json into, whatever its name.
    model = next(filter(_is_model, folder.parents[:2]), None)
    images = _images(folder)
    if model is None:
        return Origin(**_of_plans(folder / "plans.json"), images=images, called=_called(folder))
    dataset = model.parent.name if _DATASET.fullmatch(model.parent.name) else None
    return Origin(
        **_MODEL.fullmatch(model.name).groupdict(), dataset=dataset, fold=fold_of(folder), model=model, images=images
    )


def origin_of_model(fold: Path) -> Origin:
    """What the folder of a trained fold tells by its names; the model itself may be gone.

    Args:
        fold: `DatasetXXX_NAME/TRAINER__PLANS__CONFIGURATION/fold_X`.

    Raises:
        ValueError: if it is not called like one.
    """
    origin = origin_of(fold)
    if origin.model is None or _FOLDS.fullmatch(fold.name) is None:
        raise ValueError(f"{fold}: expected the folder of a fold, DatasetXXX_NAME/TRAINER__PLANS__CONFIGURATION/fold_X")
    return origin


def fold_of(prediction: Path) -> str | None:
    """The fold, or folds, by the names of the folder and the one above."""
    folder = prediction.resolve()
    found = next(filter(None, (_FOLDS.fullmatch(name) for name in (folder.name, folder.parent.name))), None)
    return found and (found["one"] or found["several"].replace("_", ","))


def real_patients_of(trainer: str | None) -> int | None:
    """The number of patients that a trainer's name says, as in `nnUNetTrainerRealSpine_5patients`."""
    match = _PATIENTS.search(trainer or "")
    return int(match[1]) if match else None


def _is_model(folder: Path) -> bool:
    """By its name, and by its plans or the data set's folder around it, since anyone may name a folder a__b__c."""
    name = _MODEL.fullmatch(folder.name)
    if name is None:
        return False
    return (
        bool(_DATASET.fullmatch(folder.parent.name)) or _of_plans(folder / "plans.json").get("plans") == name["plans"]
    )


def _of_plans(file: Path) -> dict[str, str]:
    try:
        plans = read_json(file)
        return {"plans": plans["plans_name"], "dataset": plans["dataset_name"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _called(prediction: Path) -> str | None:
    """The one model of all answers."""
    try:
        names = {record["model"] for record in read_json(prediction / ANSWERS).values()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    name = names.pop() if len(names) == 1 else None
    return name if isinstance(name, str) else None


def _images(prediction: Path) -> Path | None:
    try:
        return Path(read_json(prediction / _ARGUMENTS)["list_of_lists_or_source_folder"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
