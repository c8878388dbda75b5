"""Where the lesions of a batch are: found from the tissue map alone, without waiting for the device."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

import torch

from nnunet_spine.synth.pathology.arrays import Array
from nnunet_spine.synth.pathology.frame import Focus
from nnunet_spine.synth.pathology.tissue_map import LEAST_COSINE, TissueMap, enters_and_leaves_mm, stays_mm
from nnunet_spine.synth.tissues import CANAL, DISC, VERTEBRA

SMALLEST_HALF_MM = 0.5
LARGEST_HALF_MM = 25.0
"""Half extents are bounded, so that the deformations stay invertible whatever the map holds."""

BEFORE_BORDER_MM = 4.0
"""Where the height of a disc's posterior border is measured."""

NEIGHBOUR_WITHIN_MM = 8.0
"""A vertebra belongs to a disc if it begins within this distance of the disc's border."""

CANAL_BEHIND_MM = 12.0
NARROWEST_CANAL_MM = 3.0
"""So does the canal, unless all that a ray meets is a corner of it."""


_NEARER = 0.25


class Seat(Enum):
    """What a focus is the middle of, and whether its place along both axes of the structure is that of the middle."""

    DISC = "disc"
    ENDPLATE = "endplate"
    """The middle of a disc's height, at a random place along its depth, not too near to its ends."""
    BODY = "body"
    """The vertebral body on one side of a disc; posterior elements, which are vertebra too, border on none."""
    BONE = "bone"
    """Any place in a vertebra."""
    BORDER = "border"
    """The posterior border of a disc; its half height is that of the disc shortly before."""
    CANAL = "canal"
    """The middle of the canal behind a disc; its half depth is half the width of the canal."""

    @property
    def structure(self) -> int:
        """Tissue of the voxel that the focus is found from."""
        return VERTEBRA if self is Seat.BONE else DISC

    @property
    def centred(self) -> tuple[float, float]:
        """1 where the focus moves to the middle, 0 where it stays at the voxel; along cc and ap."""
        return {Seat.BONE: (0.0, 0.0), Seat.ENDPLATE: (1.0, _NEARER), Seat.BORDER: (1.0, 0.0)}.get(self, (1.0, 1.0))


class Wish(NamedTuple):
    """Which focus a lesion asks for.

    Attributes:
        sample: its place in the batch.
        seat: what the focus is the middle of.
        rank: place of the voxel that it is found from among those of the structure, from 0 to below 1.
        side: 1 or -1, the side of the disc that a body is on, unless there is none.
    """

    sample: int
    seat: Seat
    rank: float
    side: float = 1.0


class _Rules(NamedTuple):
    """What `Wish` and `Seat` say, as arrays (L,)."""

    rank: Array
    side: Array
    structure: Array
    centred_cc: Array
    centred_ap: Array
    along_disc: Array
    rear: Array
    canal: Array


class _Sites(NamedTuple):
    """A `Focus` of each of L lesions, as arrays."""

    present: Array
    centre_mm: Array
    ap: Array
    cc: Array
    half_height_mm: Array
    half_depth_mm: Array
    begins_mm: Array
    ends_mm: Array


def find(tissue: torch.Tensor, wishes: Sequence[Wish], spacing_mm: Sequence[float]) -> list[Focus]:
    """Find a focus for every wish in the tissue maps, uint8 (B, 1, *T)."""
    tissues = TissueMap(tissue, spacing_mm)
    sites = _sites(tissues, wishes)
    foci = _foci(tissues, sites)
    bodies = [row for row, wish in enumerate(wishes) if wish.seat is Seat.BODY]
    if bodies:
        rows = tissues.array(bodies, whole=True)
        found = _bodies(tissues, _Sites(*(values[rows] for values in sites)), [wishes[row] for row in bodies])
        for row, focus in zip(bodies, _foci(tissues, found), strict=True):
            foci[row] = focus
    return foci


def _sites(tissues: TissueMap, wishes: Sequence[Wish]) -> _Sites:
    """Discs, borders, canals and places in bone; discs for bodies too."""
    samples, structures = [wish.sample for wish in wishes], [wish.seat.structure for wish in wishes]
    rules = _rules(tissues, wishes)
    found, start = tissues.pick(samples, structures, rules.rank)
    behind, across_canal, along_disc = tissues.directions(samples, start)
    ap = across_canal + (along_disc - across_canal) * rules.along_disc[:, None]
    found = found & behind & ((ap * across_canal).sum(1) > LEAST_COSINE)
    sites = _measure(tissues, samples, found, start, ap, rules)
    begins, ends = sites.begins_mm, sites.ends_mm
    canal = (begins - sites.half_depth_mm < CANAL_BEHIND_MM) & (ends - begins > NARROWEST_CANAL_MM)
    step = rules.rear * BEFORE_BORDER_MM + rules.canal * (begins + ends) / 2
    half_width = ((ends - begins) / 2).clip(SMALLEST_HALF_MM, LARGEST_HALF_MM)
    return sites._replace(
        present=sites.present & (canal | (rules.canal == 0)),
        centre_mm=_stepped(tissues, sites.centre_mm, step[:, None] * ap),
        half_depth_mm=sites.half_depth_mm + (half_width - sites.half_depth_mm) * rules.canal,
        begins_mm=begins - step,
        ends_mm=ends - step,
    )


def _bodies(tissues: TissueMap, discs: _Sites, wishes: Sequence[Wish]) -> _Sites:
    """The vertebral bodies next to some discs, on the wanted side or else on the other one."""
    samples, rules = [wish.sample for wish in wishes], _rules(tissues, wishes)
    wanted = discs.cc * rules.side[:, None]
    rays = tissues.along(samples, discs.centre_mm, tissues.xp.stack((wanted, -wanted), 1))
    enters, leaves = enters_and_leaves_mm(rays == VERTEBRA)
    there = enters - discs.half_height_mm[:, None] < NEIGHBOUR_WITHIN_MM
    middle = (enters + leaves) / 2
    step = tissues.xp.where(there[:, 0], middle[:, 0], -middle[:, 1])[:, None] * wanted
    start = _stepped(tissues, discs.centre_mm, step)
    behind, ap, _ = tissues.directions(samples, start)
    found = discs.present & (there[:, 0] | there[:, 1]) & behind
    return _measure(tissues, samples, found, start, ap, rules._replace(structure=0 * rules.structure + VERTEBRA))


def _measure(
    tissues: TissueMap, samples: Sequence[int], found: Array, start_mm: Array, ap: Array, rules: _Rules
) -> _Sites:
    """Place in the structure and its extent, from a start (L, d) in it and the anteroposterior direction (L, 2).

    The rays are cast twice, since the first ones do not go through the middle.
    """
    stack, place = tissues.xp.stack, start_mm
    cc = stack((-ap[:, 1], ap[:, 0]), 1)
    cc = cc * tissues.sign((cc * start_mm[:, -2:]).sum(1))[:, None]
    for _ in range(2):
        rays = tissues.along(samples, place, stack((cc, -cc, ap, -ap), 1))
        up, down, rear, front = stays_mm(rays == rules.structure[:, None, None]).T
        along_cc = (up - down) / 2 * rules.centred_cc
        along_ap = (rear - front) / 2 * rules.centred_ap + (rear - BEFORE_BORDER_MM) * rules.rear
        place = _stepped(tissues, place, along_cc[:, None] * cc + along_ap[:, None] * ap)
    begins, ends = enters_and_leaves_mm(rays[:, 2] == CANAL)
    half_height, half_depth = (up + down) / 2, (front + rear) / 2
    return _Sites(
        found & (half_height > SMALLEST_HALF_MM),
        place,
        ap,
        cc,
        half_height.clip(SMALLEST_HALF_MM, LARGEST_HALF_MM),
        half_depth.clip(SMALLEST_HALF_MM, LARGEST_HALF_MM),
        begins - along_ap,
        ends - along_ap,
    )


def _rules(tissues: TissueMap, wishes: Sequence[Wish]) -> _Rules:
    rows = []
    for _, seat, rank, side in wishes:
        along_disc = seat not in (Seat.BONE, Seat.CANAL)
        rows.append((rank, side, seat.structure, *seat.centred, along_disc, seat is Seat.BORDER, seat is Seat.CANAL))
    return _Rules(*tissues.array(rows).T)


def _stepped(tissues: TissueMap, position_mm: Array, step_mm: Array) -> Array:
    """Positions (L, d) moved by steps (L, 2) within the slice."""
    inplane = position_mm[:, -2:] + step_mm
    return inplane if position_mm.shape[1] == 2 else tissues.xp.concatenate((position_mm[:, :1], inplane), 1)


def _foci(tissues: TissueMap, sites: _Sites) -> list[Focus]:
    """Numbers, one set for each lesion."""
    columns = [column if column.ndim == 2 else column[:, None] for column in sites]
    foci = []
    for row in tissues.number(tissues.xp.concatenate(columns, 1)):
        present, *centre, ap0, ap1, cc0, cc1, height, depth, begins, ends = row
        foci.append(Focus(present, tuple(centre), (ap0, ap1), (cc0, cc1), height, depth, (begins, ends)))
    return foci
