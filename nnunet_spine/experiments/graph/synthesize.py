"""Synthetic images of the label maps of a data set, as a data set."""

from __future__ import annotations

from nnunet_spine.dataset_conversion.nnunet_raw import dataset_name
from nnunet_spine.experiments.graph.building import Building
from nnunet_spine.experiments.graph.data import Data, own_variables
from nnunet_spine.experiments.graph.splits import splits_command
from nnunet_spine.experiments.graph.synthesis import settings_file, synthesis_of
from nnunet_spine.experiments.nodes import CORES, Command, Node, address
from nnunet_spine.experiments.schema import SyntheticData

_SETTINGS_FILE = "synthesis.yaml"


def synthesize(building: Building, asked: SyntheticData, source: Data) -> Data:
    """The node, and what it makes; its patients are those of the source."""
    name = dataset_name(asked.id, asked.name or source.name.partition("_")[2] + "Synth")
    synthesis = synthesis_of(asked.synthesis)
    settings = {
        "dataset": name,
        "source": dict(source.settings),
        "synthesis": synthesis.settings,
        **asked.model_dump(mode="json", include={"per_case", "dim", "seed"}),
    }
    node = building.folder(address("synthesize", settings, source.needs))
    file = node.folder / _SETTINGS_FILE
    environment = own_variables(node)
    id_ = building.add(
        Node(
            kind="synthesize",
            title=f"synthesize {name} from {source.name}",
            settings=settings,
            needs=source.needs,
            commands=(
                splits_command(source, node.preprocessed, environment),
                Command(_words(asked, source, name, str(file)), environment),
            ),
            files={str(file): settings_file(synthesis)},
            results=(str(node.raw / name / "dataset.json"),),
        )
    )
    return Data(asked.id, name, node.raw, source.patients, id_)


def _words(asked: SyntheticData, source: Data, name: str, settings: str) -> tuple[str, ...]:
    what = ("--output-id", str(asked.id), "--name", name.partition("_")[2], "--settings", settings)
    how = ("--per-case", str(asked.per_case), "--dim", asked.dim, "--seed", str(asked.seed))
    return ("nnunet-spine", "synthesize", str(source.folder), *what, *how, "--processes", CORES)
