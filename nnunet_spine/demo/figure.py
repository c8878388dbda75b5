"""The demo's figure: one test patient in both sequences, the reference and what each arm predicts."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np

from nnunet_spine.demo.steps import DemoSettings
from nnunet_spine.labels import CANAL, SCHEMES
from nnunet_spine.palette import Palette

CANAL_LABEL = next(label.value for label in SCHEMES["4class"].labels if label.group == CANAL)
PALETTE = Palette.of(SCHEMES["4class"].dataset_labels())


def draw_overlays(settings: DemoSettings, file: Path) -> None:
    """Draw the sagittal slice with most of the canal, a row for each sequence; writes a PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    cases = _cases_of_one_patient(settings.reference)
    columns = ["image", "reference", *(f"trained on {arm}" for arm in settings.arms)]
    figure = Figure(figsize=(2.6 * len(columns), 4.2 * len(cases)), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(cases), len(columns), squeeze=False)
    for row, case in zip(axes, cases, strict=True):
        image, aspect = _load(settings.images / f"{case}_0000.nii.gz")
        masks = [settings.reference, *(settings.predictions(trainer) for trainer in settings.arms.values())]
        labels = [_load(folder / f"{case}.nii.gz")[0] for folder in masks]
        index = int((labels[0] == CANAL_LABEL).sum((1, 2)).argmax())
        for ax, title, mask in zip(row, columns, [None, *labels], strict=True):
            _show(ax, image[index], None if mask is None else mask[index], aspect)
            ax.set_title(title, fontsize=10)
        row[0].set_ylabel(case.split("_", 1)[1].upper(), fontsize=12)
    patches = [Patch(color=PALETTE.colours[value], label=name) for value, name in PALETTE.names.items()]
    figure.legend(handles=patches, loc="outside lower center", ncols=3, frameon=False)
    figure.savefig(file, dpi=100)


def _cases_of_one_patient(reference: Path) -> list[str]:
    """The cases of the first patient who has most of the sequences."""
    patients: dict[str, list[str]] = {}
    for file in sorted(reference.glob("*.nii.gz")):
        case = file.name.removesuffix(".nii.gz")
        patients.setdefault(case.split("_", 1)[0], []).append(case)
    return max(patients.values(), key=len)


def _load(file: Path) -> tuple[np.ndarray, float]:
    """Sagittal slices (R, S, A) of a file, head up and face to the left, and the aspect of a pixel."""
    volume = nibabel.as_closest_canonical(nibabel.load(file))
    _, anterior_mm, superior_mm = volume.header.get_zooms()[:3]
    return np.asarray(volume.dataobj).transpose(0, 2, 1)[:, ::-1, ::-1], superior_mm / anterior_mm


def _show(ax: object, image: np.ndarray, mask: np.ndarray | None, aspect: float) -> None:
    ax.imshow(image, cmap="gray", vmin=0, vmax=np.percentile(image, 99.5), aspect=aspect)
    if mask is not None:
        from matplotlib.colors import ListedColormap

        shown = np.ma.masked_equal(mask, 0)
        ax.imshow(
            shown,
            cmap=ListedColormap(list(PALETTE.colours.values())),
            vmin=1,
            vmax=3,
            alpha=0.6,
            aspect=aspect,
            interpolation="nearest",
        )
    ax.set_xticks([])
    ax.set_yticks([])
