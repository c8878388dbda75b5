"""Laws of the parts of structures that have no label of their own."""

import pytest
import torch

from nnunet_spine.synth.config import PartsConfig
from nnunet_spine.synth.parts import PartsParams, find_parts, sample_parts, with_parts
from nnunet_spine.synth.ranges import uniform
from nnunet_spine.synth.regions import OUTSIDE
from nnunet_spine.synth.steps import BINS, Grid, Layout, Scene, TissueTable
from nnunet_spine.synth.tissues import CANAL, CORTEX, DISC, NERVES, NUCLEUS, POSTERIOR, UNLABELLED, VERTEBRA

SPACING = (0.5, 0.5)
NONE = PartsConfig(probability=1, cortex=0, cortex_covers_mm=uniform(0), posterior=0, nucleus=0, nerves=0)


def spine(size: tuple[int, int] = (120, 160)) -> torch.Tensor:
    """A body of 25 x 30 mm with a process of 5 mm behind the canal, and a disc of 10 mm below."""
    tissue = torch.zeros(1, 1, *size, dtype=torch.uint8)
    tissue[..., 20:70, 20:80] = VERTEBRA
    tissue[..., 70:90, 20:80] = DISC
    tissue[..., 10:110, 84:110] = CANAL
    tissue[..., 40:50, 112:150] = VERTEBRA
    return tissue


def draw(config: PartsConfig, n: int = 1, seed: int = 0) -> PartsParams:
    grid = Grid((120, 160), SPACING)
    layout = Layout(grid, grid.size, torch.arange(4), 1)
    return sample_parts(config, n, layout, torch.Generator().manual_seed(seed))


def parts(tissue: torch.Tensor, **changes) -> torch.Tensor:
    return find_parts(tissue, draw(PartsConfig(**{**vars(NONE), **changes})), SPACING)


def test_without_parts_there_are_none():
    assert not parts(spine()).any()


def test_cortex_lies_around_the_vertebrae_as_thick_as_asked_for():
    tissue = spine()
    rim = parts(tissue, cortex=1, cortex_mm=uniform(1.5), cortex_inside=uniform(0)) == CORTEX
    assert not rim[tissue == VERTEBRA].any()
    before_the_process, behind_it = [110, 111], [150, 151, 152]
    assert rim[0, 0, 45].nonzero()[:, 0].tolist() == [17, 18, 19, 80, 81, 82, *before_the_process, *behind_it]
    assert rim[0, 0, :, 50].nonzero()[:, 0].tolist() == [17, 18, 19]


@pytest.mark.parametrize(("share", "inside", "outside"), [(0, 0, 4), (0.25, 1, 3), (0.5, 2, 2), (1, 4, 0)])
def test_some_of_the_cortex_lies_within_the_label(share, inside, outside):
    rim = parts(spine(), cortex=1, cortex_mm=uniform(2), cortex_inside=uniform(share)) == CORTEX
    up_to_the_disc = range(70 - inside, 70)
    assert rim[0, 0, :, 50].nonzero()[:, 0].tolist() == [*range(20 - outside, 20 + inside), *up_to_the_disc]


def test_cortex_covers_discs_and_canal_where_they_face_a_vertebra():
    tissue = spine()
    rim = parts(tissue, cortex=1, cortex_mm=uniform(0.5), cortex_covers_mm=uniform(1)) == CORTEX
    canal, disc = ((rim & (tissue == structure))[0, 0] for structure in (CANAL, DISC))
    assert canal[45].nonzero()[:, 0].tolist() == [84, 85, 108, 109]
    assert disc[:, 50].nonzero()[:, 0].tolist() == [70, 71]
    assert not (canal | disc)[78:].any()  # more than 4 mm from the vertebra


def test_cortex_thinner_than_a_voxel_is_there_as_often_as_it_is_thick():
    config = PartsConfig(probability=1, cortex=1, cortex_mm=uniform(0.4), cortex_inside=uniform(0.5))
    voxels = draw(config, 2000).cortex_voxels.float()
    assert voxels.amax() == 1
    assert voxels.mean((0, 2)).tolist() == pytest.approx([0.4, 0.4], abs=0.04)


def test_beyond_the_image_there_is_no_cortex():
    grid = Grid((120, 160), SPACING)
    code = 1 + spine().int() * BINS
    code[..., :20, :] = OUTSIDE
    plain = Scene(grid, code.clone(), torch.zeros(1, 4, BINS, dtype=torch.long), TissueTable(torch.arange(4)))
    refined = with_parts(plain, draw(PartsConfig(**{**vars(NONE), "cortex": 1})))
    assert (refined.code[..., :20, :] == OUTSIDE).all()
    assert (refined.code != code).any()


def test_posterior_elements_are_what_is_narrower_than_a_body():
    tissue = spine()
    behind = parts(tissue, posterior=1, body_mm=uniform(15)) == POSTERIOR
    assert behind[..., 40:50, 112:150].all()
    assert behind[..., 22:68, 22:78].float().mean() < 0.02
    assert not behind[tissue != VERTEBRA].any()


def test_a_body_at_the_border_of_the_image_is_still_one():
    tissue = spine()[..., 45:, :]
    assert not (parts(tissue, posterior=1, body_mm=uniform(15)) == POSTERIOR)[..., :20, 25:75].any()


def test_the_nucleus_lies_within_the_annulus():
    nucleus = parts(spine(), nucleus=1, annulus_mm=uniform(2)) == NUCLEUS
    assert nucleus[0, 0, 80].nonzero()[:, 0].tolist() == list(range(24, 76))
    assert nucleus[0, 0, :, 50].nonzero()[:, 0].tolist() == list(range(74, 86))
    assert nucleus.sum() == 52 * 12


def test_nerves_leave_the_fluid_on_one_side_of_the_canal():
    sides = set()
    for seed in range(20):
        params = draw(PartsConfig(**{**vars(NONE), "nerves": 1, "csf_mm": uniform(5)}), seed=seed)
        nerves = find_parts(spine(), params, SPACING) == NERVES
        assert not nerves[spine() != CANAL].any()
        columns = nerves[0, 0, 60].nonzero()[:, 0]
        sides.add((int(columns.min()), int(columns.max())))
    assert {(84, 99), (94, 109)} <= sides


def test_every_part_stays_in_its_tissue():
    every = PartsConfig(
        probability=1, cortex=1, cortex_covers_mm=uniform(1), cortex_mm=uniform(4), posterior=1, nucleus=1, nerves=1
    )
    tissue, part = spine(), find_parts(spine(), draw(every), SPACING)
    for structure, allowed in (
        (UNLABELLED, {0, CORTEX}),
        (VERTEBRA, {0, CORTEX, POSTERIOR}),
        (DISC, {0, CORTEX, NUCLEUS}),
        (CANAL, {0, CORTEX, NERVES}),
    ):
        assert set(part[tissue == structure].tolist()) == allowed


@pytest.mark.parametrize("size", [(1, 40), (40, 1), (1, 1), (33, 47)])
@pytest.mark.parametrize("structure", [0, VERTEBRA, CANAL, DISC])
def test_any_size_and_a_single_structure_will_do(size, structure):
    tissue = torch.full((2, 1, *size), structure, dtype=torch.uint8)
    params = draw(PartsConfig(probability=1, cortex=1, posterior=1, nucleus=1, nerves=1), 2)
    assert find_parts(tissue, params, SPACING).shape == tissue.shape


def test_in_3d_every_slice_is_looked_at_alone():
    config = PartsConfig(probability=1, cortex=1, posterior=1, nucleus=1, nerves=1)
    volume = torch.cat([spine(), spine().flip(-1)])[None, :, 0]
    together = find_parts(volume, draw(config), (4.0, *SPACING))
    for k in range(2):
        assert torch.equal(together[:, :, k], find_parts(volume[:, :, k], draw(config), SPACING))


def test_a_batch_is_its_samples_and_each_has_its_own_parts():
    config = PartsConfig(probability=1, cortex=0.5, posterior=0.5, nucleus=0.5, nerves=0.5)
    params, tissue = draw(config, 8), spine().repeat(8, 1, 1, 1)
    together = find_parts(tissue, params, SPACING)
    for i in range(8):
        alone = PartsParams(*(value[i : i + 1] for value in params))
        assert torch.equal(find_parts(tissue[:1], alone, SPACING), together[i : i + 1])
    assert 0.2 < torch.stack([params.cortex, params.nerves]).float().mean() < 0.8


def test_the_code_of_a_part_keeps_class_and_bin():
    grid = Grid((120, 160), SPACING)
    code = 1 + spine().int() * BINS + 7
    plain = Scene(grid, code.clone(), torch.zeros(1, 4, BINS, dtype=torch.long), TissueTable(torch.arange(4)))
    every = PartsConfig(
        probability=1, cortex=1, cortex_covers_mm=uniform(1), cortex_mm=uniform(4), posterior=1, nucleus=1, nerves=1
    )
    refined = with_parts(plain, draw(every))
    assert torch.equal(refined.tissue, spine())
    assert torch.equal((refined.code - 1) % (4 * BINS), code - 1)
    assert set(((refined.code - 1) // (4 * BINS)).unique().tolist()) == {0, 1, 2}


def test_the_border_of_the_image_is_no_border_of_a_structure():
    every = PartsConfig(probability=1, cortex=1, posterior=1, nucleus=1, nerves=0)
    for structure, part in ((VERTEBRA, 0), (DISC, NUCLEUS)):
        tissue = torch.full((1, 1, 40, 40), structure, dtype=torch.uint8)
        assert (find_parts(tissue, draw(every), SPACING) == part).all()
