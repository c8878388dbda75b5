"""The record of a run: what the user says of the predictions, and what their folders tell."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from nnunet_spine.evaluation.condition import Condition, condition_of
from nnunet_spine.evaluation.origin import Origin, real_patients_of
from nnunet_spine.evaluation.records import RunRecord
from nnunet_spine.evaluation.survey import Folders, Survey
from nnunet_spine.evaluation.versions import versions


@dataclass(frozen=True)
class ArmOptions:
    """What the user says of the predictions; None for what the folders tell, or nobody.

    Attributes:
        arm: name in comparisons; by default the trainer's, else what predict calls the model,
            else that of the predictions' folder.
        trainer: name of nnU-Net's trainer.
        fold: whose model predicted, such as `0`, or `0,1,2,3,4`.
        seed: number that tells repeated trainings apart.
        real_patients: patients whose real images were trained on.
        condition: of the test images.
        model: folder of the fold that predicted, where the predictions do not lie in it; it tells trainer and fold too.
    """

    arm: str | None = None
    trainer: str | None = None
    fold: str | None = None
    seed: int | None = None
    real_patients: int | None = None
    condition: Condition | None = None
    model: Path | None = None

    def __post_init__(self) -> None:
        """Refuse numbers that cannot be.

        Raises:
            ValueError: for less than no patients.
        """
        if self.real_patients is not None and self.real_patients < 0:
            raise ValueError(f"patients: expected at least 0, got {self.real_patients}")


def run_record(
    folders: Folders, found: Survey, origin: Origin, said: ArmOptions, tolerance_mm: float, command: str
) -> RunRecord:
    """The record of a run; what the user says comes before what the folders tell.

    Raises:
        ValueError: if the record of the images' condition cannot be read, or says something else than the user.
    """
    trainer = said.trainer or origin.trainer
    condition = condition_of(found.images, said.condition)
    return RunRecord(
        arm=said.arm or trainer or origin.called or Path(os.path.abspath(folders.prediction)).name,
        trainer=trainer,
        plans=origin.plans,
        configuration=origin.configuration,
        dataset=origin.dataset,
        fold=said.fold or origin.fold,
        seed=said.seed,
        real_patients=real_patients_of(trainer) if said.real_patients is None else said.real_patients,
        condition=condition.name,
        level=condition.level,
        reference=_text(folders.reference),
        prediction=_text(folders.prediction),
        images=_text(found.images),
        model=_text(origin.model),
        labels=found.labels,
        tolerance_mm=tolerance_mm,
        command=command,
        versions=versions(),
        left_out=found.left_out,
    )


def _text(folder: Path | None) -> str | None:
    return str(folder.resolve()) if folder is not None else None
