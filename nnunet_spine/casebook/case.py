"""One case with the predictions of one or several arms, ready to be put into a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnunet_spine.casebook.borders import border_distances
from nnunet_spine.casebook.encode import DISTANCE_LIMIT_MM, distance_bytes, grey_bytes, packed, picture_url
from nnunet_spine.casebook.source import NotAvailableError, SourceFile
from nnunet_spine.casebook.view import View, view_of
from nnunet_spine.evaluation.structures import Labels, ignore_of, structures_of
from nnunet_spine.palette import Palette

_MARGIN_MM = 12.0
_MOST_SLICES = 24
_LARGEST_VALUE = 255


@dataclass(frozen=True)
class CaseFiles:
    """What is to be drawn.

    Attributes:
        reference: label map.
        predictions: label maps by the name of who predicted; the first one is what the case is shown for.
        image: None where none was given to the evaluation.
        labels: the `labels` of dataset.json.
        structure: what the case is shown for; the slice with most of its voxels wrong is shown first.
        shape: voxels along left-right, back-front, foot-head.
        spacing_mm: their edges.
    """

    reference: SourceFile
    predictions: Mapping[str, SourceFile]
    image: SourceFile | None
    labels: Labels
    structure: str
    shape: tuple[int, ...]
    spacing_mm: tuple[float, ...]


@dataclass(frozen=True)
class CasePictures:
    """A case as what the page's script reads.

    Attributes:
        data: plain values: strings, numbers, lists and dictionaries of them.
        notes: sentences on what is missing or left out.
    """

    data: Mapping[str, Any]
    notes: tuple[str, ...]


def draw_case(files: CaseFiles) -> CasePictures:
    """Read a case and draw it.

    An image or a prediction of another arm that is not available is left out with a note.

    Raises:
        NotAvailableError: if the reference or the first prediction is not available.
    """
    reference = _labels(files.reference, files)
    predictions, notes = _predictions(files)
    image, note = _image(files)
    ignore = ignore_of(files.labels)
    labelled = sum((one > 0 for one in predictions.values()), (reference > 0) & (reference != ignore))
    worst = _worst_slice(files, reference, next(iter(predictions.values())))
    view = view_of(labelled > 0, worst, files.spacing_mm, _MOST_SLICES, _MARGIN_MM)
    data = {
        **_geometry(view, files.shape[0], worst),
        **_legend(files.labels),
        "grey": [picture_url(one) for one in grey_bytes(view.of(image))] if image is not None else [],
        "reference": packed(view.of(reference)),
        "predictions": [
            {"name": name, **_prediction(reference, one, files, view)} for name, one in predictions.items()
        ],
    }
    return CasePictures(data, (*notes, *note, *_notes_on(view, files.shape[0])))


def _labels(source: SourceFile, files: CaseFiles) -> np.ndarray:
    labels = source.read(files.shape)
    if labels.min() < 0 or labels.max() > _LARGEST_VALUE:
        raise NotAvailableError(f"{source.path}: expected labels from 0 to {_LARGEST_VALUE}")
    return labels.astype(np.uint8)


def _predictions(files: CaseFiles) -> tuple[dict[str, np.ndarray], list[str]]:
    (first, source), *others = files.predictions.items()
    predictions, notes = {first: _labels(source, files)}, []
    for name, other in others:
        try:
            predictions[name] = _labels(other, files)
        except NotAvailableError as error:
            notes.append(f"No picture of the prediction by {name}: {error}.")
    return predictions, notes


def _image(files: CaseFiles) -> tuple[np.ndarray | None, list[str]]:
    if files.image is None:
        return None, ["Label maps alone, since the evaluation was not told where the images are (--images)."]
    try:
        return files.image.read(files.shape), []
    except NotAvailableError as error:
        return None, [f"Label maps without the image: {error}."]


def _worst_slice(files: CaseFiles, reference: np.ndarray, prediction: np.ndarray) -> int:
    """Index of the sagittal slice in which most voxels of the structure are wrong."""
    values = next(one.values for one in structures_of(files.labels) if one.name == files.structure)
    wrong = np.isin(reference, values) != np.isin(prediction, values)
    ignore = ignore_of(files.labels)
    if ignore is not None:
        wrong &= reference != ignore
    return int(wrong.sum(axis=(1, 2)).argmax())


def _geometry(view: View, total: int, worst: int) -> dict[str, Any]:
    rows, columns = (len(range(*part.indices(part.stop))) for part in (view.foot_head, view.back_front))
    return {
        "rows": rows,
        "columns": columns,
        "pixel_mm": [round(mm, 5) for mm in view.pixel_mm],
        "slices": view.slices.tolist(),
        "total": total,
        "start": int(np.flatnonzero(view.slices == worst)[0]),
    }


def _legend(labels: Labels) -> dict[str, Any]:
    palette = Palette.of(labels)
    ignore = ignore_of(labels)
    return {
        "labels": [
            {"value": value, "name": palette.names[value], "colour": colour}
            for value, colour in palette.colours.items()
            if value != ignore
        ],
        "structures": [{"name": one.name, "values": list(one.values)} for one in structures_of(labels)],
        "ignore": ignore,
        "limit_mm": DISTANCE_LIMIT_MM,
    }


def _prediction(reference: np.ndarray, prediction: np.ndarray, files: CaseFiles, view: View) -> dict[str, str]:
    ignore = ignore_of(files.labels)
    values = [value for value in Palette.of(files.labels).names if value != ignore]
    kept = np.ones(1, bool) if ignore is None else reference != ignore
    # As in the scores: what is ignored is background in both.
    true, predicted = reference * kept, prediction * kept
    distances = border_distances(predicted, true, values, files.spacing_mm)
    # Contours of the reference that lie outside the prediction are where it is too small, so below 0.
    missed = -border_distances(true, predicted, values, files.spacing_mm)
    return {
        "labels": packed(view.of(prediction)),
        "distances": packed(distance_bytes(view.of(distances))),
        "reference_distances": packed(distance_bytes(view.of(missed))),
    }


def _notes_on(view: View, total: int) -> list[str]:
    notes = []
    if np.diff(view.slices).max(initial=1) > 1:
        notes.append(f"{len(view.slices)} of {total} slices are shown, evenly spaced.")
    if view.is_thinned:
        notes.append(
            f"Drawn with pixels of {view.pixel_mm[0]:.2g} x {view.pixel_mm[1]:.2g} mm, coarser than the image."
        )
    return notes
