"""Whether the data sets can be made of what is there."""

from __future__ import annotations

from dataclasses import replace

from nnunet_spine.dataset_conversion.nnunet_raw import FILE_ENDING
from nnunet_spine.experiments.checks.known import Known
from nnunet_spine.experiments.checks.raw import known_raw
from nnunet_spine.experiments.checks.spider import known_spider
from nnunet_spine.experiments.problems import Problem, dotted
from nnunet_spine.experiments.schema import Experiment, RawData, SpiderData, SyntheticData


def known_datasets(experiment: Experiment) -> tuple[dict[str, Known], list[Problem]]:
    """What is known of each data set by its key, and what is wrong with any of them.

    Args:
        experiment: in which all names are there.
    """
    known: dict[str, Known] = {}
    problems: list[Problem] = []
    # Data sets of synthetic images come after those whose label maps they are made of.
    for key in sorted(experiment.datasets, key=lambda key: _generation(experiment, key)):
        one, found = _known(experiment.datasets[key], known)
        known |= {} if one is None else {key: one}
        problems += [Problem(dotted("datasets", key, field), what) for field, what in found]
    return known, problems


def _generation(experiment: Experiment, key: str) -> int:
    data = experiment.datasets[key]
    return 1 + _generation(experiment, data.synthetic_of) if isinstance(data, SyntheticData) else 0


def _known(
    data: SpiderData | RawData | SyntheticData, sources: dict[str, Known]
) -> tuple[Known | None, list[tuple[str, str]]]:
    if isinstance(data, SpiderData):
        return known_spider(data)
    if isinstance(data, SyntheticData):
        source = sources.get(data.synthetic_of)
        return (None, []) if source is None else _known_synthetic(data, source)
    try:
        return known_raw(data.raw), []
    except (ValueError, OSError) as error:
        return None, [("raw", str(error))]


def _known_synthetic(data: SyntheticData, source: Known) -> tuple[Known | None, list[tuple[str, str]]]:
    """Synthetic images are of the source's training cases, and in its folds."""
    if source.channels != 1:
        return None, [("synthetic_of", f"expected data of 1 channel, {data.synthetic_of} has {source.channels}")]
    if not source.training:
        return None, [("synthetic_of", f"expected training cases to make images of, {data.synthetic_of} has none")]
    return replace(source, ending=FILE_ENDING, others=()), []
