"""The contents of the page, gathered from statistics, figures and cases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone

import pandas as pd

from nnunet_spine import __version__
from nnunet_spine.comparison.figures import Material
from nnunet_spine.comparison.figures.wording import setting_name, structure_name
from nnunet_spine.comparison.options import CompareOptions
from nnunet_spine.comparison.page.methods import METHODS
from nnunet_spine.comparison.page.overview import (
    failures_table,
    overview_table,
    runs_table,
    stability_table,
    worst_table,
)
from nnunet_spine.comparison.page.provenance import metric_definitions, run_views
from nnunet_spine.comparison.page.render import FigureView, Page, ScoresView
from nnunet_spine.comparison.page.verdict_text import sentences
from nnunet_spine.comparison.page.viewers import CaseView, view_cases
from nnunet_spine.comparison.page.worst import to_show, worst_cases
from nnunet_spine.comparison.statistics.measures import MEASURES, measure_of
from nnunet_spine.comparison.statistics.patients import averaged_structures, whole_sequence, whole_structure
from nnunet_spine.comparison.statistics.summary import run_means, summarise
from nnunet_spine.comparison.tables import Table, count_tables, ranking_table, score_tables, tests_table
from nnunet_spine.comparison.tables.table import key_of
from nnunet_spine.evaluation.failures import MODES
from nnunet_spine.plumbing.wording import counted

_LISTED = 5
"""Worst cases of every structure, sequence and arm in the table."""


def gather(
    material: Material, figures: Sequence[FigureView], options: CompareOptions, names: Mapping[str, str]
) -> Page:
    """Everything that stands on the page.

    Args:
        material: rows and statistics, with short names of arms.
        figures: drawn.
        options: what to show.
        names: short name by full name of every arm.
    """
    collection = material.collection
    worst = worst_cases(collection, material.primary, options.structures or averaged_structures(collection), _LISTED)
    return Page(
        title=options.title,
        about=_about(material),
        answer=sentences(material.verdict, collection),
        arms=[(short, full) for full, short in names.items() if short != full],
        overview=overview_table(material.summary, material.primary, whole_structure(collection)),
        figures=figures,
        scores=score_views(material),
        tests=tables_of_tests(material),
        failures=failure_tables(material),
        modes=list(MODES.items()),
        cases_about=_about_cases(material, options),
        viewers=_viewers(material, options, worst) if options.images else [],
        worst=worst_table(worst, material.primary) if any(worst.values()) else None,
        runs=run_views(collection),
        definitions=metric_definitions(),
        methods=METHODS,
        made=f"Made by nnunet-spine {__version__} on {datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC.",
    )


def score_views(material: Material) -> list[ScoresView]:
    """The tables of every metric, the primary one first."""
    columns = dict.fromkeys((material.primary, *MEASURES))
    return [_scores(column, summarise(material.collection, column)) for column in columns]


def _scores(column: str, summary: pd.DataFrame) -> ScoresView:
    """The tables of a metric by condition, with the caption that all share once."""
    conditions = [(str(condition), count_tables(rows)) for condition, rows in summary.groupby("condition", sort=False)]
    caption = conditions[0][1][0].caption
    bare = [(condition, [replace(table, caption="") for table in tables]) for condition, tables in conditions]
    return ScoresView(column.replace("_", "-"), measure_of(column).label, caption, bare, score_tables(summary))


def tables_of_tests(material: Material) -> list[Table]:
    """What tells arms apart, and runs of an arm from each other."""
    alone = runs_table(
        run_means(material.collection, material.primary),
        material.primary,
        whole_structure(material.collection),
        whole_sequence(material.collection),
    )
    several = len(material.collection.arms) > 1
    return [*(_contrasts(material) if several else []), *([alone] if alone else [])]


def _contrasts(material: Material) -> Iterator[Table]:
    """Tests of the answer, of steps, of kinds of images, and against the baseline; ranks and their stability."""
    found = material.verdict
    where = setting_name(found.condition, found.level, found.sequence) if found else ""
    if material.answer_tests is not None:
        table = tests_table(material.answer_tests)
        title = f"Primary family, the tests of the answer: {where}"
        yield replace(table, key=f"{table.key}-answer", title=title, caption=f"{table.caption} {_PRIMARY}")
    if material.step_tests is not None and len(material.step_tests):
        table = tests_table(material.step_tests)
        title = "Steps, every arm against the one before it"
        yield replace(table, key=f"{table.key}-steps", title=title, caption=f"{table.caption} {_STEPS}")
    if material.image_tests is not None and len(material.image_tests):
        table = tests_table(material.image_tests)
        title = "Secondary family, all pairs of arms on every kind of images"
        yield replace(table, key=f"{table.key}-images", title=title, caption=f"{table.caption} {_PRIMARY}")
    if len(material.differences):
        table = tests_table(material.differences)
        title = f"Further family, every arm against {material.reference_arm} on every kind of images"
        yield replace(table, title=title, caption=f"{table.caption} {_FURTHER}")
    if len(material.ranking):
        yield ranking_table(material.ranking, material.primary)
    if where in material.stability:
        yield stability_table(material.stability[where], material.primary, where)


_PRIMARY = "All are of the images that all arms have."
_STEPS = "A family of its own, which the answer does not quote: what each step gains, in the order of the files."
_FURTHER = (
    "Left out are conditions that come in levels, and single vertebrae and discs, unless there is nothing else. The "
    "answer does not quote this family. A contrast that is in another one too has another p (Holm) here, since "
    "other tests are corrected for, and may be of more images: those that these two arms have."
)


def failure_tables(material: Material) -> list[Table]:
    """How often arms fail in which way, of all structures and structure by structure; condition by condition."""
    found = []
    for condition, counts in material.failures.groupby("condition", sort=False):
        for by_structure in (False, True):
            table = failures_table(counts, material.collection, by_structure=by_structure)
            title = f"{table.title}, {condition}"
            found.append(replace(table, key=key_of(table.key, str(condition)), title=title))
    return found


def _viewers(material: Material, options: CompareOptions, worst: dict) -> list[CaseView]:
    collection = material.collection
    return view_cases(to_show(worst, collection.arms, options.cases), collection, material.primary)


def _about(material: Material) -> str:
    collection = material.collection
    patients = collection.cases["patient"].nunique()
    parts = [counted(len(collection.arms), "arm"), counted(patients, "patient"), counted(len(collection.runs), "run")]
    text = f"{', '.join(parts)}; judged by {material.measure.label}."
    if collection.unshared:
        text += (
            f" Left out, since not all runs were scored on them: {', '.join(map(structure_name, collection.unshared))}."
        )
    return text


def _about_cases(material: Material, options: CompareOptions) -> str:
    text = f"Cases go by {material.measure.label}, structure by structure and sequence by sequence."
    if not options.images:
        return f"{text} Pictures were left out on demand (--no-images)."
    if not options.cases:
        return f"{text} No pictures were asked for (--cases 0)."
    return (
        f"{text} Drawn are up to {options.cases} of every arm, those that are furthest worse than the mean of "
        "their structure, sequence and arm."
    )
