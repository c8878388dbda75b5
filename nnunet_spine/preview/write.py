"""A folder with all figures of a preview, and a page that says what is what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from nnunet_spine.dataset_conversion.labelled import read_labelled
from nnunet_spine.palette import Palette
from nnunet_spine.plumbing.datasets import RawCase, RawDataset
from nnunet_spine.plumbing.files import write_text
from nnunet_spine.plumbing.whole_folder import WholeFolder
from nnunet_spine.preview.effect_figure import draw_effects
from nnunet_spine.preview.effects import effects_of
from nnunet_spine.preview.options import PreviewOptions
from nnunet_spine.preview.page import MARK, page
from nnunet_spine.preview.rows import Row, contrast_row, effect_row
from nnunet_spine.preview.sheet import SheetRow, draw_sheet
from nnunet_spine.preview.slices import Slice, Synthesiser, choose_slice
from nnunet_spine.synth.config.files import dump
from nnunet_spine.synthesis.volume import seed_of
from nnunet_spine.training.anatomy import tissues_of_labels

PAGE = "README.md"
PREVIEW = WholeFolder("preview", PAGE, MARK)

_DEFAULT_CASES = 4


def write_preview(dataset: RawDataset, options: PreviewOptions, output: Path) -> None:
    """Write `contact_sheet.png`, `effects_*.png`, the settings as `synthesis.yaml`, and `README.md` about them.

    Args:
        dataset: where the slices come from.
        options: what to show.
        output: folder; new, empty, or an earlier preview, which is replaced as a whole.

    Raises:
        ValueError: for cases that there are not, or that cannot be used, or if the folder holds something else.
        OSError: if something cannot be written; an earlier preview is still there then.
    """
    PREVIEW.require_free(output, overwrite=True)
    dataset.require_one_channel()
    slices = [_read(case, dataset, options) for case in _cases(dataset, options.cases)]
    tissues, palette = tissues_of_labels(dataset.labels), Palette.of(dataset.labels)
    rows = [_sheet_row(one, tissues, options) for one in slices]
    themes = _effects(slices[0], tissues, options)
    with PREVIEW.built_beside(output) as folder:
        write_text(folder / "synthesis.yaml", dump(options.config))
        draw_sheet(folder / "contact_sheet.png", rows, palette, f"{dataset.name}: real and synthetic slices")
        for theme, found in themes.items():
            title = f"Every step alone: {theme} (ranges of the settings, slice of {slices[0].case})"
            draw_effects(folder / f"effects_{theme}.png", found, slices[0].extent_mm, palette, title)
        write_text(folder / PAGE, page(dataset.name, slices, themes, options))


def _cases(dataset: RawDataset, names: Sequence[str] | None) -> Sequence[RawCase]:
    """The cases that were asked for, or some from the first to the last of the data set."""
    if names:
        return dataset.choose(names)
    cases = dataset.cases()
    count = min(_DEFAULT_CASES, len(cases))
    return [cases[round(k * (len(cases) - 1) / max(count - 1, 1))] for k in range(count)]


def _read(case: RawCase, dataset: RawDataset, options: PreviewOptions) -> Slice:
    return choose_slice(read_labelled(case, dataset.labels), options.plane, options.slice)


def _sheet_row(real: Slice, tissues: Sequence[int], options: PreviewOptions) -> SheetRow:
    make = Synthesiser(real, tissues)
    seeds = [seed_of(options.seed, real.case, k) for k in range(options.columns)]
    return SheetRow(real, [make(options.config, seed) for seed in seeds])


def _effects(real: Slice, tissues: Sequence[int], options: PreviewOptions) -> Mapping[str, list[Row]]:
    """The rows of every figure, by what it is about."""
    make = Synthesiser(real, tissues)
    themes: dict[str, list[Row]] = {}
    for effect in effects_of(options.config):
        row = effect_row(effect, make, options.seed)
        if row is not None:
            themes.setdefault(effect.theme, []).append(row)
    themes.setdefault("contrast", []).insert(0, contrast_row(options.config, make, options.seed))
    return themes
