"""The page: what was gathered, put into the templates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from nnunet_spine import __version__
from nnunet_spine.casebook.encode import DISTANCE_LIMIT_MM
from nnunet_spine.comparison.page.provenance import RunView
from nnunet_spine.comparison.page.viewers import CaseView
from nnunet_spine.comparison.tables import Table


@dataclass(frozen=True)
class FigureView:
    """A figure on the page.

    Attributes:
        key: of its anchor and its file.
        title: above it.
        svg: the element.
        caption: how to read it.
    """

    key: str
    title: str
    svg: Markup
    caption: str


@dataclass(frozen=True)
class ScoresView:
    """The tables of a metric.

    Attributes:
        key: of its anchor.
        title: the metric.
        caption: how to read the tables.
        conditions: name, and a table for every set of test images; the first is shown, the others are folded away.
        side_by_side: the same tables, short, with a column for every arm; for the files alone.
    """

    key: str
    title: str
    caption: str
    conditions: Sequence[tuple[str, Sequence[Table]]]
    side_by_side: Sequence[Table]


@dataclass(frozen=True)
class Entry:
    """A line of the side bar, with those below it."""

    id: str
    title: str
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True)
class Page:
    """Everything that stands on the page; all of it is text but for the figures.

    Attributes:
        title: of the report.
        about: arms, patients, metric in a line.
        answer: sentences.
        arms: short and full name of every arm that has both.
        overview: the table below them.
        figures: in their order.
        scores: tables of every metric.
        tests: tables of tests, ranks and single runs.
        failures: tables of failures, of all structures and by structure, for every condition.
        modes: name and definition of each way to fail.
        cases_about: which cases are shown.
        viewers: cases with pictures.
        worst: table of the worst cases; None where there are none.
        runs: what is known of each.
        definitions: of metrics.
        methods: of statistics.
        made: when and by what.
    """

    title: str
    about: str
    answer: Sequence[str]
    arms: Sequence[tuple[str, str]]
    overview: Table
    figures: Sequence[FigureView]
    scores: Sequence[ScoresView]
    tests: Sequence[Table]
    failures: Sequence[Table]
    modes: Sequence[tuple[str, str]]
    cases_about: str
    viewers: Sequence[CaseView]
    worst: Table | None
    runs: Sequence[RunView]
    definitions: Sequence[tuple[str, str]]
    methods: Sequence[str]
    made: str


def render(page: Page) -> str:
    """The page as HTML that needs nothing else."""
    environment = Environment(
        loader=PackageLoader("nnunet_spine.comparison.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html").render(
        {one.name: getattr(page, one.name) for one in fields(page)},
        sections=_sections(page),
        pictures=any(view.data is not None for view in page.viewers),
        version=__version__,
        limit_mm=f"{DISTANCE_LIMIT_MM:g}",
    )


def _sections(page: Page) -> list[Entry]:
    """The side bar: sections that have something to show."""
    sections = [
        Entry("answer", "The answer"),
        Entry("figures", "Figures", _entries("figure", page.figures)),
        Entry("scores", "Tables", _entries("scores", page.scores)),
        Entry("tests", "Tests, ranks, runs", _entries("table", page.tests)),
        Entry("failures", "Failures"),
        Entry("cases", "Worst cases", _entries("case", page.viewers)),
        Entry("provenance", "How every number was made"),
    ]
    return [one for one in sections if one.entries or one.id not in ("figures", "tests")]


def _entries(kind: str, parts: Sequence[FigureView | ScoresView | Table | CaseView]) -> tuple[Entry, ...]:
    return tuple(Entry(f"{kind}-{one.key}", one.title) for one in parts)
