"""Which sequence every image of a data set is of."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from nnunet_spine.dataset_conversion.manifest import MANIFEST
from nnunet_spine.dataset_conversion.options import SEQUENCES
from nnunet_spine.plumbing.datasets import RawCase, RawDataset
from nnunet_spine.plumbing.wording import listed
from nnunet_spine.training.sequences import sequence_by_pattern

ALL = "all"
"""The one sequence of a data set of which nothing is known."""

_SUFFIX = re.compile(rf"_({'|'.join(SEQUENCES)})$")


def images_by_sequence(
    dataset: RawDataset, cases: Sequence[RawCase], pattern: str | None, wanted: Sequence[str] | None
) -> list[tuple[str, RawCase]]:
    """Every image, as a case of one channel, with its sequence.

    Several channels are a sequence each, under their names in dataset.json. With one channel the case has a sequence:
    what the pattern says, else what the record of `nnunet-spine convert` says, else the end of the name if it is one of
    SPIDER's (`_t1`); where nothing is known of any case, all are of one sequence, `all`.

    Args:
        dataset: the data set.
        cases: those to take.
        pattern: regular expression that finds the sequence in a case's name, as its first group if it has one.
        wanted: sequences to keep; None for all.

    Raises:
        ValueError: if the pattern is not one or does not match, a case's sequence is not known while that of others
            is, or there is no image of a wanted sequence.
    """
    channels = _channel_names(dataset)
    if len(channels) > 1 and pattern is not None:
        raise ValueError(f"{dataset.folder}: its {len(channels)} channels are its sequences; leave the pattern out")
    names = {} if len(channels) > 1 else _sequence_of_cases(dataset, cases, pattern)
    images = [
        (names.get(case.name, channel), replace(case, images=(image,)))
        for case in cases
        for channel, image in zip(channels, case.images, strict=True)
    ]
    there = sorted({sequence for sequence, _ in images})
    absent = [name for name in wanted or () if name not in there]
    if absent:
        raise ValueError(f"{dataset.folder}: no image of sequence {', '.join(absent)}; there are {', '.join(there)}")
    return [(sequence, case) for sequence, case in images if wanted is None or sequence in wanted]


def _channel_names(dataset: RawDataset) -> list[str]:
    """Name of each channel in the order of their numbers, which follow the names that several share."""
    entries = sorted(dataset.description["channel_names"].items(), key=lambda entry: int(entry[0]))
    shared = Counter(name for _, name in entries)
    return [name if shared[name] == 1 else f"{name}_{number}" for number, name in entries]


def _sequence_of_cases(dataset: RawDataset, cases: Sequence[RawCase], pattern: str | None) -> dict[str, str]:
    names = [case.name for case in cases]
    if pattern is not None:
        return {name: sequence_by_pattern(name, pattern) for name in names}
    recorded = _recorded(dataset.folder / MANIFEST)
    known = {name: recorded.get(name) or _suffix(name) for name in names}
    unknown = [name for name, sequence in known.items() if sequence is None]
    if len(unknown) == len(names):
        return dict.fromkeys(names, ALL)
    if unknown:
        raise ValueError(
            f"{dataset.folder}: the sequence of {listed(unknown)} is not known, while that of "
            "others is; tell them by --sequence-pattern"
        )
    return {name: str(sequence) for name, sequence in known.items()}


def _recorded(manifest: Path) -> dict[str, str]:
    """Sequences that `nnunet-spine convert` wrote down; none for a data set that it did not make."""
    try:
        entries = json.loads(manifest.read_text(encoding="utf-8"))["cases"]
        return {entry["case"]: entry["sequence"] for entry in entries}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _suffix(name: str) -> str | None:
    match = _SUFFIX.search(name)
    return match[1] if match else None
