"""What the anatomy is painted on: the fine grid of one slice, with warped coordinates and shared textures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnunet_spine.phantom.fields import Field
from nnunet_spine.phantom.geometry import Coordinates, Frame, Grid
from nnunet_spine.phantom.patient import Patient
from nnunet_spine.phantom.tissues import TISSUE_ID

WARP_GRAIN_MM, WARP_MM = (26.0, 26.0, 26.0), 1.0
"""Scale and deviation of the deformation that keeps shapes from being perfect."""

TEXTURE_GRAIN_MM = {
    "grain": (1.6, 1.6, 1.6),
    "mottle": (9.0, 9.0, 9.0),
    "edge": (5.0, 5.0, 5.0),
    "streak": (3.2, 2.0, 22.0),
    "septa": (16.0, 5.0, 26.0),
    "bowel": (34.0, 34.0, 34.0),
    "filling": (24.0, 24.0, 24.0),
}
"""Scales of the textures along x, y and z."""

MARGIN_MM = 4.0 * WARP_MM


@dataclass(frozen=True)
class Textures:
    """All random fields of one patient."""

    warp: tuple[Field, Field, Field]
    fields: dict[str, Field]

    @classmethod
    def of(cls, patient: Patient) -> Textures:
        """The fields of this patient, the same whatever grid looks at them."""
        rng = patient.rng(2)
        warp = tuple(Field.draw(rng, WARP_GRAIN_MM) for _ in range(3))
        return cls(warp, {name: Field.draw(rng, grain) for name, grain in TEXTURE_GRAIN_MM.items()})


@dataclass(frozen=True)
class Window:
    """A box of a canvas; all arrays are views of one shape.

    Attributes:
        points: warped world coordinates.
        tissue: uint8 tissue map to paint on.
        structure: uint8 SPIDER mask values to paint on.
        box: where the window lies in the canvas, to cut textures with.
    """

    points: Coordinates
    tissue: np.ndarray
    structure: np.ndarray
    box: tuple[slice, slice, slice]

    def paint(self, where: np.ndarray, tissue: str, structure: int = 0) -> None:
        """Cover everything that was there before."""
        self.tissue[where] = TISSUE_ID[tissue]
        self.structure[where] = structure


class Canvas:
    """The fine grid of one slice.

    Attributes:
        grid: the fine grid, see `Grid.slab`.
        whole: the window of all of it.
    """

    def __init__(self, grid: Grid, textures: Textures) -> None:
        self.grid = grid
        points = tuple(
            p + np.float32(WARP_MM) * field.sample(grid)
            for p, field in zip(grid.coordinates(), textures.warp, strict=True)
        )
        tissue, structure = (np.zeros(grid.shape, np.uint8) for _ in range(2))
        self.whole = Window(points, tissue, structure, tuple(slice(0, n) for n in grid.shape))
        self._textures = textures
        self._cache: dict[str, np.ndarray] = {}

    def texture(self, name: str) -> np.ndarray:
        """One of the patient's textures on this grid, of mean 0 and variance 1."""
        if name not in self._cache:
            self._cache[name] = self._textures.fields[name].sample(self.grid)
        return self._cache[name]

    def window(self, frame: Frame, low: tuple[float, ...], high: tuple[float, ...]) -> Window | None:
        """The box around a cuboid given in a frame's coordinates; None where it misses this grid."""
        corners = np.array([[(low, high)[(c >> i) & 1][i] for i in range(3)] for c in range(8)])
        box = self.grid.box(frame.to_world(corners), MARGIN_MM)
        if box is None:
            return None
        whole = self.whole
        return Window(tuple(p[box] for p in whole.points), whole.tissue[box], whole.structure[box], box)
