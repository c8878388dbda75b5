"""Whether a folder of SPIDER's can be converted as asked for, by its names and overview.csv."""

from __future__ import annotations

from nnunet_spine.dataset_conversion.nnunet_raw import FILE_ENDING
from nnunet_spine.dataset_conversion.options import SEQUENCES, ConversionOptions, Treatment
from nnunet_spine.dataset_conversion.spider import Survey, survey
from nnunet_spine.dataset_conversion.splits import SplitCase, make_splits
from nnunet_spine.experiments.checks.known import Known, classes_of
from nnunet_spine.experiments.problems import expected_one_of
from nnunet_spine.experiments.schema import SpiderData
from nnunet_spine.plumbing.wording import listed

Found = list[tuple[str, str]]
"""Fields, and what is wrong with them."""


def known_spider(data: SpiderData) -> tuple[Known | None, Found]:
    """What the converted data set will be, None if it cannot be told; and what stands in the way."""
    sequences = data.sequences or SEQUENCES
    unknown = [("sequences", expected_one_of(SEQUENCES, one)) for one in sequences if one not in SEQUENCES]
    if unknown:
        return None, unknown
    options = ConversionOptions(sequences, data.subset, data.extra_levels, data.trim_slices)
    try:
        treatment = Treatment.resolve(data.scheme, options)
    except ValueError as error:
        return None, [("extra_levels", str(error))]
    try:
        found = survey(data.spider, treatment.options)
    except (ValueError, OSError) as error:
        return None, [("spider", str(error))]
    if found.problems:
        # Series may be left out by them: what is there would be told wrongly.
        return None, _problems(found)
    return _known(treatment, found), _missing(data, found)


def _problems(found: Survey) -> Found:
    lines = listed([str(problem) for problem in found.problems])
    return [("spider", f"{lines}; nnunet-spine convert {found.root} --check-only looks into all files")]


def _missing(data: SpiderData, found: Survey) -> Found:
    there = sorted({series.sequence for series in found.series})
    return [
        ("sequences", f"no {sequence} in {data.spider}, subset {data.subset}; there {_are(there)}")
        for sequence in data.sequences
        if sequence not in there
    ]


def _are(sequences: list[str]) -> str:
    return f"{'are' if len(sequences) > 1 else 'is'} {', '.join(sequences) or 'none'}"


def _known(treatment: Treatment, found: Survey) -> Known:
    cases = {
        subset: tuple(SplitCase(one.case, one.patient, one.sequence) for one in found.series if one.subset == subset)
        for subset in ("training", "validation")
    }
    return Known(
        labels=classes_of(treatment.label_values),
        scheme=treatment.scheme_name,
        channels=1,
        ending=FILE_ENDING,
        training=cases["training"],
        others=cases["validation"],
        splits=make_splits(cases["training"]),
    )
