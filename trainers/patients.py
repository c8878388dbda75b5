"""Training on some of the patients, to ask how many real ones are needed."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from nnunetv2.paths import nnUNet_raw

from nnunet_spine.trainers.part import Part
from nnunet_spine.training.patients import first_patients, patients_of


class Patients(Part):
    """Trains on all series of the first patients of the fold, and validates as ever.

    The order of patients is always the same (`nnunet_spine.training.patients`), so that fewer are a part of more.

    Attributes:
        patients: how many.
    """

    patients: ClassVar[int]

    def do_split(self) -> tuple[list[str], list[str]]:
        """nnU-Net's split with fewer training cases.

        Raises:
            ValueError: if the fold has not as many training patients.
        """
        training, validation = super().do_split()
        raw = Path(nnUNet_raw, self.plans_manager.dataset_name) if nnUNet_raw.is_set() else None
        patients = patients_of([*training, *validation], raw)
        try:
            chosen = first_patients((patients[case] for case in training), self.patients)
        except ValueError as error:
            raise ValueError(f"{type(self).__name__}, fold {self.fold}: {error}") from None
        kept = [case for case in training if patients[case] in chosen]
        self._log_patients(chosen, f"{len(kept)} of {len(training)} cases")
        seen = {patients[case] for case in validation} & set(chosen)
        if seen and self.fold != "all":
            self.print_to_log_file(f"WARNING: the split is not by patient: {', '.join(sorted(seen))} on both sides")
        return kept, validation

    def _log_patients(self, chosen: list[str], cases: str) -> None:
        plural = "s" * (len(chosen) > 1)
        self.print_to_log_file(f"Training on {len(chosen)} patient{plural} ({cases}): {', '.join(chosen)}")
