"""The separate pieces of a label map, found once for all failure modes.

In most volumes all vertebrae of the four-class scheme are one component, joined at the facet joints; their bodies are
not. So vertebrae are cut at the height of each row in front of the canal of the *reference*, in both label maps: what
lies in front are bodies (with stumps of pedicles at most), what lies behind are posterior elements. Where the reference
has no canal, vertebrae stay whole and may be one piece, of which nothing can be said.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import ndimage

Box = tuple[slice, ...]

FRONT, BACK = 0, 1
"""Parts of vertebrae: bodies, posterior elements. Everything else is FRONT as a whole."""

_CORNERS_CONNECT = np.ones((3, 3, 3), bool)


@dataclass(frozen=True)
class Pieces:
    """Connected components, each of one structure and part.

    Attributes:
        ids: int32 (I, J, K), 0 where there is nothing, else the number of the piece.
        owner: (pieces + 1,) index of the structure of each; -1 for number 0.
        part: (pieces + 1,) `FRONT` or `BACK`.
        voxels: (pieces + 1,) their sizes; 0 for number 0.
    """

    ids: np.ndarray
    owner: np.ndarray
    part: np.ndarray
    voxels: np.ndarray

    @cached_property
    def boxes(self) -> list[Box]:
        """Bounding box of each piece, the first of piece 1."""
        return ndimage.find_objects(self.ids)

    def of(self, owners: list[int], part: int | None = None) -> list[int]:
        """Numbers of the pieces of some structures."""
        mine = np.isin(self.owner, owners)
        return np.flatnonzero(mine if part is None else mine & (self.part == part)).tolist()

    def cut_out(self, piece: int) -> tuple[Box, np.ndarray]:
        """Box of a piece, and bool where the piece is in it."""
        box = self.boxes[piece - 1]
        return box, self.ids[box] == piece


def find_pieces(owners: np.ndarray, behind: np.ndarray) -> Pieces:
    """The pieces of a map; voxels that touch at a corner are connected.

    Args:
        owners: uint8 (I, J, K), index of the structure of each voxel plus 1, 0 for none.
        behind: bool (I, J, K), posterior elements.
    """
    # One number for structure and part, so that no component has voxels of two.
    key = 2 * owners.astype(np.int16) - (owners > 0) + behind
    ids = np.zeros(key.shape, np.int32)
    keys = [0]
    for number, box in _objects(key):
        mask = key[box] == number
        found, count = ndimage.label(mask, _CORNERS_CONNECT)
        ids[box][mask] = found[mask] + (len(keys) - 1)
        keys += [number] * count
    voxels = np.bincount(ids.ravel(), minlength=len(keys))
    voxels[0] = 0
    kind = np.array(keys) - 1
    return Pieces(ids, kind // 2, kind % 2, voxels)


def _objects(key: np.ndarray) -> Iterator[tuple[int, Box]]:
    return ((number, box) for number, box in enumerate(ndimage.find_objects(key), 1) if box is not None)


def behind_canal_front(canal: np.ndarray) -> np.ndarray:
    """Where an array lies behind the canal's front.

    Args:
        canal: bool (I, J, K) of the reference.

    Returns:
        bool (1, J, K): not further to the front than the foremost voxel of the canal at that height. Above and below
        the canal its end is what counts. False everywhere where there is no canal.
    """
    shadow = canal.any(axis=0)
    rows = np.flatnonzero(shadow.any(axis=0))
    if not rows.size:
        return np.zeros((1, *shadow.shape), bool)
    foremost = shadow.shape[0] - 1 - shadow[::-1].argmax(axis=0)
    front = np.interp(np.arange(shadow.shape[1]), rows, foremost[rows])
    return (np.arange(shadow.shape[0])[:, None] <= front)[None]
