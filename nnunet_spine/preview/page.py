"""The page that says what is what in a preview."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nnunet_spine import __version__
from nnunet_spine.preview.options import PreviewOptions
from nnunet_spine.preview.rows import Row
from nnunet_spine.preview.slices import Slice

MARK = "Made by nnunet-spine"
"""Stands in the head of every page."""

_PAGE = """# Preview of {name}

{mark} {version} with seed {seed}; the settings are in [synthesis.yaml](synthesis.yaml).

| slice | of | voxels | spacing |
|---|---|---|---|
{slices}

## contact_sheet.png

A row for each slice: the image, its labels, and {columns} synthetic images of it, drawn as in training in 2D, with the
outlines of their own labels, which are deformed with them. Nothing of the real image's contrast is in them.

![contact sheet](contact_sheet.png)

## effects_*.png

Every step that these settings take, alone, on an image with intensities as in T2 and nothing else. From left to right:
without the step; at low, middle and high strength, which are 10, 50 and 100 % of the way from the end of its ranges
where the image changes least to the end where it changes most (for normal laws to two deviations). Where the change is
small the panels show a detail, and the last one says what of. Labels are outlined where the step moves them.

{figures}
"""


def page(name: str, slices: Sequence[Slice], themes: Mapping[str, Sequence[Row]], options: PreviewOptions) -> str:
    """The page in Markdown.

    Args:
        name: of the data set.
        slices: that are shown.
        themes: rows of each figure of effects.
        options: of the preview.
    """
    table = "\n".join(
        f"| {one.plane} {one.number} | {one.case} | {one.image.shape[0]} x {one.image.shape[1]} "
        f"| {one.spacing_mm[0]:.3g} x {one.spacing_mm[1]:.3g} mm |"
        for one in slices
    )
    figures = "\n\n".join(
        f"**effects_{theme}.png**: {', '.join(row.title for row in rows)}\n\n![{theme}](effects_{theme}.png)"
        for theme, rows in themes.items()
    )
    return _PAGE.format(
        mark=MARK,
        name=name,
        version=__version__,
        seed=options.seed,
        slices=table,
        columns=options.columns,
        figures=figures,
    )
