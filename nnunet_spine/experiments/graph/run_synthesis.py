"""What a run synthesises its training images with: settings for its digest, a file of them, fitted priors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nnunet_spine.experiments.graph.building import Building
from nnunet_spine.experiments.graph.datasets import real_data_of
from nnunet_spine.experiments.graph.priors import Priors, priors
from nnunet_spine.experiments.graph.runs import Run
from nnunet_spine.experiments.graph.synthesis import Synthesis, settings_file, synthesis_of
from nnunet_spine.experiments.graph.trainers import facts_of
from nnunet_spine.experiments.workspace import NodeFolder

VARIABLE = "nnUNet_spine_synth"
FILE = "synthesis.yaml"


@dataclass(frozen=True)
class RunSynthesis:
    """What a run synthesises with; one that does not has none of it.

    Attributes:
        synthesis: settings.
        text: of the file of settings.
        priors: fitted to the fold's real images.
    """

    synthesis: Synthesis | None = None
    text: str = ""
    priors: Priors | None = None

    @property
    def settings(self) -> dict[str, Any] | None:
        """All of them, for the digest."""
        return None if self.synthesis is None else dict(self.synthesis.settings)

    @property
    def needs(self) -> tuple[str, ...]:
        """Ids of the nodes that it is made by."""
        return () if self.priors is None else (self.priors.node,)

    def files(self, node: NodeFolder) -> dict[str, str]:
        """The file of settings in the folder of the run's node."""
        return {} if self.synthesis is None else {str(node.folder / FILE): self.text}

    def variables(self, node: NodeFolder) -> dict[str, str]:
        """The variable that names the file; empty without one, so that the user's own file does not count."""
        return {VARIABLE: "" if self.synthesis is None else str(node.folder / FILE)}


def synthesis_of_run(building: Building, run: Run) -> RunSynthesis:
    """Settings and priors of a run."""
    facts = facts_of(run.trainer)
    if facts.synthesis is None:
        return RunSynthesis()
    fitted = facts.fitted or run.arm.priors is not None
    key = (run.name, run.trainer, run.fold if fitted else None)

    def make() -> RunSynthesis:
        synthesis = synthesis_of(run.arm.synthesis, facts.synthesis, fitted)
        fit = _priors(building, run, facts.patients) if fitted else None
        return RunSynthesis(synthesis, settings_file(synthesis, fit and fit.file), fit)

    return building.once(("synthesis", *key), make)


def _priors(building: Building, run: Run, patients: int | None) -> Priors:
    """Fitted to real images of the patients trained on: for a data set of synthetic ones to those of its source."""
    data = real_data_of(building, run.arm.dataset)
    return building.once(("priors", data, run.fold, patients), lambda: priors(building, data, run.fold, patients))
