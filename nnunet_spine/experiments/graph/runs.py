"""The runs of an arm: one for each number of patients, fold and seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from nnunet_spine.experiments.schema import Arm, Experiment
from nnunet_spine.experiments.trainer_names import only_number, trainer_of
from nnunet_spine.plumbing.wording import counted


@dataclass(frozen=True)
class Run:
    """One training of an arm.

    Attributes:
        experiment: that it is of.
        name: of the arm.
        patients: how many real ones it is trained on; None for all of the fold.
        fold: its number.
        seed: of everything that a seed decides.
    """

    experiment: Experiment
    name: str
    patients: int | None
    fold: int
    seed: int

    @property
    def arm(self) -> Arm:
        """The arm."""
        return self.experiment.arms[self.name]

    @property
    def trainer(self) -> str:
        """Name of nnU-Net's trainer."""
        return trainer_of(self.arm, self.experiment, self.patients)

    @property
    def before(self) -> Run:
        """The run of the arm whose weights this one begins with, of the same fold and seed."""
        name = self.arm.after
        return replace(self, name=name, patients=only_number(self.experiment.arms[name]))

    def __str__(self) -> str:
        some = () if self.patients is None else (counted(self.patients, "patient"),)
        return ", ".join((self.name, *some, f"fold {self.fold}", f"seed {self.seed}"))


def runs_of(experiment: Experiment) -> Iterator[Run]:
    """All runs, arm by arm."""
    for name, arm in experiment.arms.items():
        for patients in arm.patients or (None,):
            for fold in experiment.folds:
                for seed in experiment.seeds:
                    yield Run(experiment, name, patients, fold, seed)
