"""SPIDER's files as a raw data set of nnU-Net."""

from __future__ import annotations

from pathlib import Path

from nnunet_spine.dataset_conversion.nnunet_raw import DEFAULT_NAMES, dataset_name
from nnunet_spine.dataset_conversion.options import ConversionOptions
from nnunet_spine.dataset_conversion.spider import files_of, survey
from nnunet_spine.experiments.graph.building import Building
from nnunet_spine.experiments.graph.data import Data, own_variables
from nnunet_spine.experiments.graph.listing import digest_of, digest_of_files
from nnunet_spine.experiments.nodes import CORES, Command, Node, address
from nnunet_spine.experiments.schema import SpiderData


def convert(building: Building, asked: SpiderData, patients: str) -> Data:
    """The node, and what it makes.

    Args:
        building: the graph.
        asked: which.
        patients: whose they are, see `whose_patients`.

    Raises:
        ValueError: if the folder is not in SPIDER's layout.
    """
    name = dataset_name(asked.id, asked.name or DEFAULT_NAMES[asked.scheme])
    settings = {
        "dataset": name,
        **asked.model_dump(mode="json", include={"scheme", "extra_levels", "trim_slices"}),
        **_source(asked),
    }
    node = building.folder(address("convert", settings))
    made = node.raw / name
    id_ = building.add(
        Node(
            kind="convert",
            title=f"convert {name}",
            settings=settings,
            commands=(Command(_words(asked, name), own_variables(node)),),
            results=(str(made / "dataset.json"),),
        )
    )
    return Data(asked.id, name, node.raw, patients, id_)


def _source(asked: SpiderData) -> dict[str, str]:
    """The series that are converted, with the subsets that they are of: whatever else lies there does not count."""
    sequences = {"sequences": asked.sequences} if asked.sequences else {}
    chosen = survey(asked.spider, ConversionOptions(subset=asked.subset, **sequences)).series
    files = (asked.spider / name for one in chosen for name in files_of(asked.spider, one.case))
    subsets = {one.case: one.subset for one in chosen}
    return {"files": digest_of_files(asked.spider, files), "subsets": digest_of(subsets)}


def _words(asked: SpiderData, name: str) -> tuple[str, ...]:
    source = str(Path(asked.spider).absolute())
    words = ["nnunet-spine", "convert", source, "-d", str(asked.id), "--name", name.partition("_")[2]]
    words += ["--scheme", asked.scheme, "--subset", asked.subset, "--extra-levels", asked.extra_levels]
    words += ["--sequences", *asked.sequences] if asked.sequences else []
    words += ["--trim-slices"] if asked.trim_slices else []
    return (*words, "--processes", CORES)
