"""From files of results to a folder with a report."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup

from nnunet_spine.comparison.figures import FIGURES, Material, short_names, svg
from nnunet_spine.comparison.options import CompareOptions
from nnunet_spine.comparison.output import PAGE, REPORT
from nnunet_spine.comparison.page.contents import gather
from nnunet_spine.comparison.page.render import FigureView, Page, render
from nnunet_spine.comparison.reading.collect import collect
from nnunet_spine.comparison.reading.shortened import with_names
from nnunet_spine.comparison.tables import Table
from nnunet_spine.comparison.tables.files import write_numbers, write_tables
from nnunet_spine.plumbing.wording import counted

_LOG = logging.getLogger(__name__)


def compare(paths: Sequence[Path | str], output: Path, options: CompareOptions, *, overwrite: bool = False) -> Path:
    """Write a report: `index.html`, `tables/` and `figures/`.

    Args:
        paths: files of results, or folders with them.
        output: folder; new, empty, or an earlier report.
        options: what to show.
        overwrite: whether an earlier report is replaced.

    Returns:
        The page.

    Raises:
        ValueError: if the results cannot be read or compared, or the folder holds something else.
        OSError: if something cannot be written; an earlier report is still there then.
    """
    REPORT.require_free(output, overwrite)
    collection = collect(paths)
    options.check(collection)
    names = short_names(collection.arms)
    baseline = names[options.baseline] if options.baseline else ""
    _LOG.info("%s: statistics and figures", counted(len(collection.runs), "run"))
    material = Material(with_names(collection, names), primary=options.measure, baseline=baseline, steps=options.steps)
    figures = draw_figures(material)
    page = gather(material, figures, options, names)
    with REPORT.built_beside(output) as folder:
        for figure in figures:
            (folder / "figures" / f"{figure.key}.svg").write_text(figure.svg, encoding="utf-8")
        write_tables(folder / "tables", _files(page))
        write_numbers(folder / "tables", material, {short: full for full, short in names.items()})
        (folder / PAGE).write_text(render(page), encoding="utf-8")
    return output / PAGE


def draw_figures(material: Material) -> list[FigureView]:
    """Every figure that the rows have something to show in."""
    drawn = ((spec, spec.draw(material)) for spec in FIGURES)
    return [
        FigureView(spec.key, spec.title, Markup(svg(figure, spec.key, spec.title)), spec.caption(material))
        for spec, figure in drawn
        if figure is not None
    ]


def _files(page: Page) -> dict[str, list[Table]]:
    """The tables of the page by the file that they go to; those of a metric once more with arms side by side."""
    files = {
        view.key: [*view.side_by_side, *(one for _, some in view.conditions for one in some)] for view in page.scores
    }
    files |= {"overview": [page.overview], "tests": list(page.tests), "failures": list(page.failures)}
    files["worst"] = [page.worst] if page.worst else []
    return {name: tables for name, tables in files.items() if tables}
