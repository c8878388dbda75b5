"""Other recipes of synthesis by name: each is `SynthSpine` with a few settings of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from nnunet_spine.synth.config.files import read_fitted
from nnunet_spine.trainers.synth_spine import SynthSpine

_KNOWN = {"level_spread": [-0.1, 0.1], "region_spread": [-0.2, 0.2], "alike": {"canal": 0.4}}
"""Of tissues whose means are known: the settings of `spine` are for means that are not."""


class SynthSpineT1(SynthSpine):
    """Synthesis with intensities of T1-weighted images, from the table of tissues."""

    settings: ClassVar[Mapping[str, Any]] = {"intensity": {"priors": {"t1": 1.0}, **_KNOWN}}


class SynthSpineT2(SynthSpine):
    """Synthesis with intensities of T2-weighted images, from the table of tissues."""

    settings: ClassVar[Mapping[str, Any]] = {"intensity": {"priors": {"t2": 1.0}, **_KNOWN}}


class SynthSpinePresetReport(SynthSpine):
    """Synthesis as in the first study: no artefacts, and a background that is nearly black."""

    settings: ClassVar[Mapping[str, Any]] = {"preset": "report"}


class SynthSpinePresetSynthSeg(SynthSpine):
    """Synthesis with the steps and ranges of SynthSeg."""

    settings: ClassVar[Mapping[str, Any]] = {"preset": "synthseg"}


class SynthSpinePresetStrong(SynthSpine):
    """Synthesis with every step more often and stronger."""

    settings: ClassVar[Mapping[str, Any]] = {"preset": "strong"}


class SynthSpineFitted(SynthSpine):
    """Synthesis with intensities fitted to real images by `nnunet-spine priors`.

    The file is `priors_fold_N.json` in the preprocessed data set, or else `priors.json`, where that command puts it.
    """

    def own_settings(self) -> Mapping[str, Any]:
        """The fitted priors, around which regions differ less, and `spine` otherwise.

        Raises:
            ValueError: if nothing was fitted, or the file cannot be read.
        """
        fitted = read_fitted(self._fitted_priors())
        return {"intensity": {"priors": {"fitted": 1.0}, "fitted": fitted, **_KNOWN}}

    def _fitted_priors(self) -> Path:
        folder = Path(self.preprocessed_dataset_folder_base)
        names = (f"priors_fold_{self.fold}.json", "priors.json")
        found = next((path for name in names if (path := folder / name).is_file()), None)
        if found is None:
            command = f"nnunet-spine priors {self.plans_manager.dataset_name}"
            command += f" --fold {self.fold}" if self.fold != "all" else ""
            raise ValueError(f"{type(self).__name__}: expected one of {', '.join(names)} in {folder}; run: {command}")
        return found
