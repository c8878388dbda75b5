"""Where lesions are."""

import math

import pytest
import torch

from nnunet_spine.synth.pathology import locate, tissue_map
from nnunet_spine.synth.pathology.seats import Seat, Wish, find
from nnunet_spine.synth.tissues import CANAL, DISC, UNLABELLED, VERTEBRA

from .conftest import (
    BODY_MM,
    CANAL_BEGINS_MM,
    CANAL_ENDS_MM,
    DEPTH_MM,
    DISC_AT_MM,
    DISC_MM,
    LEVEL_MM,
    draw,
    spine,
)

SPACING = (0.5, 0.5)
RANKS = [0.0, 0.2, 0.5, 0.8, 0.999999]


def one(seat: Seat, rank: float, tissue: torch.Tensor | None = None, side: float = 1.0):
    return find(spine() if tissue is None else tissue, [Wish(0, seat, rank, side)], SPACING)[0]


def middle_disc(**options) -> torch.Tensor:
    """A spine without discs but the middle one."""
    tissue = spine(**options)
    rows = (torch.arange(tissue.shape[-2]) + 0.5 - tissue.shape[-2] / 2) * 0.5
    far = ((rows - DISC_AT_MM).abs() > 18)[:, None].expand(tissue.shape[-2:])
    tissue[0, 0][far & (tissue[0, 0] == DISC)] = UNLABELLED
    return tissue


def test_every_voxel_has_a_rank():
    tissue = torch.zeros(1, 1, 9, 9, dtype=torch.uint8)
    places = [(1, 7), (4, 2), (4, 3), (8, 0)]
    for place in places:
        tissue[(0, 0, *place)] = VERTEBRA
    tissues = tissue_map.TissueMap(tissue, (2.0, 2.0))
    for k, rank in enumerate((0.0, 0.25, 0.5, 0.99)):
        found, at = tissues.pick([0], [VERTEBRA], tissues.array([rank]))
        assert found[0]
        assert at[0].tolist() == [(n - 4) * 2 for n in places[k]]


@pytest.mark.parametrize("rank", RANKS)
def test_a_disc_is_found_from_any_of_its_voxels(rank):
    focus = one(Seat.DISC, rank, middle_disc())
    assert focus.present == 1
    assert abs(focus.centre_mm[0] - DISC_AT_MM) < 0.6
    assert abs(focus.centre_mm[1]) < 0.6
    assert abs(focus.half_height_mm - DISC_MM / 2) < 0.5
    assert abs(focus.half_depth_mm - DEPTH_MM / 2) < 0.5
    assert abs(focus.canal_mm[0] - CANAL_BEGINS_MM) < 0.6
    assert abs(focus.canal_mm[1] - CANAL_ENDS_MM) < 0.6


@pytest.mark.parametrize("angle_deg", [-30.0, 0.0, 20.0, 90.0, 180.0])
@pytest.mark.parametrize("seat", [*Seat])
def test_axes_are_those_of_the_spine_however_it_lies(angle_deg, seat):
    focus = one(seat, 0.4, spine((160.0, 160.0), angle_deg=angle_deg))
    expected = (math.sin(math.radians(angle_deg)), math.cos(math.radians(angle_deg)))
    towards_canal = sum(a * b for a, b in zip(focus.ap, expected, strict=True))
    assert (abs(towards_canal) if seat is Seat.BONE else towards_canal) > math.cos(math.radians(3))
    assert abs(sum(a * b for a, b in zip(focus.ap, focus.cc, strict=True))) < 1e-5
    assert sum(float(c) * float(x) for c, x in zip(focus.cc, focus.centre_mm, strict=True)) >= 0


def test_axes_follow_a_disc_that_is_oblique_to_the_canal():
    tissue = spine()
    rows, columns = torch.meshgrid(*(torch.arange(n) * 0.5 for n in tissue.shape[-2:]), indexing="ij")
    tissue[tissue == DISC] = VERTEBRA
    inside = ((rows - 90 - 0.5 * (columns - 70)).abs() < 5) & ((columns - 70).abs() < 15)
    tissue[0, 0][inside] = DISC
    ap = one(Seat.DISC, 0.5, tissue).ap
    assert abs(math.degrees(math.atan2(ap[0], ap[1])) - math.degrees(math.atan(0.5))) < 4
    assert abs(one(Seat.CANAL, 0.5, tissue).ap[0]) < 0.05


@pytest.mark.parametrize("rank", RANKS)
def test_places_behind_the_disc(rank):
    border, canal = one(Seat.BORDER, rank, middle_disc()), one(Seat.CANAL, rank, middle_disc())
    assert abs(border.centre_mm[1] - DEPTH_MM / 2) < 0.6
    assert abs(border.canal_mm[0] - (CANAL_BEGINS_MM - DEPTH_MM / 2)) < 0.6
    assert abs(canal.centre_mm[1] - (CANAL_BEGINS_MM + CANAL_ENDS_MM) / 2) < 0.6
    assert abs(canal.half_depth_mm - (CANAL_ENDS_MM - CANAL_BEGINS_MM) / 2) < 0.5


@pytest.mark.parametrize("rank", RANKS)
@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_bodies_are_on_the_side_that_is_asked_for(rank, side):
    focus = one(Seat.BODY, rank, middle_disc(), side)
    assert focus.present == 1
    assert abs(focus.centre_mm[0] - (DISC_AT_MM + side * LEVEL_MM / 2)) < 0.6
    assert abs(focus.centre_mm[1]) < 0.6


def test_bodies_have_their_size_and_are_no_processes():
    for rank in torch.linspace(0, 0.99, 25).tolist():
        focus = one(Seat.BODY, rank)
        assert abs(focus.half_height_mm - BODY_MM / 2) < 0.5
        assert abs(focus.half_depth_mm - DEPTH_MM / 2) < 0.5


def test_a_body_is_on_the_other_side_where_there_is_none_on_the_first():
    tissue = middle_disc()
    below = tissue[0, 0, int((DISC_AT_MM + DISC_MM / 2) / 0.5) + tissue.shape[-2] // 2 :]
    below[below == VERTEBRA] = UNLABELLED
    for side in (-1.0, 1.0):
        focus = one(Seat.BODY, 0.5, tissue, side)
        assert focus.present == 1
        assert focus.centre_mm[0] < DISC_AT_MM


def test_end_plates_are_met_at_many_places_but_not_at_the_ends():
    places = [float(one(Seat.ENDPLATE, rank, middle_disc()).centre_mm[1]) for rank in torch.rand(40).tolist()]
    assert min(places) < -5
    assert max(places) > 5
    assert max(map(abs, places)) < 0.7 * DEPTH_MM / 2


def test_places_in_bone_are_anywhere_in_it():
    tissue = spine()
    half = [n / 2 for n in tissue.shape[-2:]]
    columns = []
    for rank in torch.rand(60).tolist():
        focus = one(Seat.BONE, rank)
        place = [int(float(c) / 0.5 + h) for c, h in zip(focus.centre_mm, half, strict=True)]
        assert tissue[(0, 0, *place)] == VERTEBRA
        columns.append(float(focus.centre_mm[1]))
    assert min(columns) < 0
    assert max(columns) > CANAL_ENDS_MM


def test_nothing_is_there_without_a_canal_nearby():
    tissue = spine()
    tissue[tissue == CANAL] = UNLABELLED
    tissue[..., :2] = CANAL
    assert all(one(seat, 0.5, tissue).present == 0 for seat in (Seat.DISC, Seat.BODY, Seat.CANAL))


def test_lesions_are_listed_kind_by_kind_and_sample_by_sample():
    params = draw(3)
    params.slip.on[2] = params.degeneration.on[0] = params.degeneration.on[1] = True
    found = locate(torch.cat([spine()] * 3), params, SPACING)
    assert [(lesion.kind.name, lesion.sample) for lesion in found] == [
        ("slip", 2),
        ("degeneration", 0),
        ("degeneration", 1),
    ]


def test_nothing_is_there_where_the_canal_is_not_behind_but_above():
    tissue = torch.zeros(1, 1, 120, 140, dtype=torch.uint8)
    tissue[..., 70:90, 40:77] = DISC
    tissue[..., 10:60, 51:67] = CANAL
    assert all(one(seat, 0.5, tissue).present == 0 for seat in (Seat.DISC, Seat.BORDER, Seat.CANAL))
