import pytest
import torch

from nnunet_spine.synth.config import IntensityConfig, TissuePrior
from nnunet_spine.synth.priors import T1, T2, sample_prior, sample_shared
from nnunet_spine.synth.ranges import log_uniform, normal, uniform
from nnunet_spine.synth.steps import Grid, Layout
from nnunet_spine.synth.tissues import CANAL, CORTEX, DISC, MOST_PARTS, NERVES, NUCLEUS, POSTERIOR, UNLABELLED, VERTEBRA

TISSUES = (UNLABELLED, VERTEBRA, VERTEBRA, VERTEBRA, DISC, CANAL, 9, UNLABELLED)
L1, L2, L3, A_DISC, THE_CANAL, ANOTHER, IGNORED = range(1, 8)
ALONE = {"mean": uniform(0, 1), "curve": 0.0, "level_spread": uniform(0), "region_spread": uniform(0)}


def draw(config: IntensityConfig, n: int = 4000, regions: int = 2, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    layout = Layout(Grid((4, 4), (1, 1)), (4, 4), torch.tensor(TISSUES), regions)
    return sample_prior(config, n, layout, torch.Generator().manual_seed(seed))


def prior(name: str, **changes: object) -> IntensityConfig:
    return IntensityConfig(**{"priors": {name: 1.0}, "unlabelled": "prior", **ALONE, **changes})


def expect_uniform(values: torch.Tensor, low: float, high: float):
    assert low <= values.min()
    assert values.max() <= high
    assert values.mean() == pytest.approx((low + high) / 2, abs=0.03 * (high - low))
    assert values.std() == pytest.approx((high - low) / 12**0.5, abs=0.03 * (high - low))


def test_there_is_a_mean_and_a_deviation_for_every_region():
    mean, std = draw(IntensityConfig(), n=3, regions=5)
    assert mean.shape == std.shape == (3, MOST_PARTS, len(TISSUES), 5)
    assert mean.dtype == std.dtype == torch.float32


def test_the_same_seed_gives_the_same_numbers():
    config = IntensityConfig(priors={"t1": 1.0, "mixed": 1.0, "uniform": 1.0})
    assert all(torch.equal(a, b) for a, b in zip(draw(config), draw(config), strict=True))
    assert not torch.equal(draw(config)[0], draw(config, seed=1)[0])


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("t1", {0: (0, 0.1), L1: (0.6, 0.9), A_DISC: (0.3, 0.5), THE_CANAL: (0.2, 0.4)}),
        ("t2", {0: (0, 0.1), L1: (0.2, 0.4), A_DISC: (0.6, 0.9), THE_CANAL: (0.7, 0.95)}),
    ],
)
def test_tables_are_kept_to(name, table):
    mean, std = draw(prior(name))
    for cls, (low, high) in table.items():
        expect_uniform(mean[:, 0, cls, 0], low, high)
        expect_uniform(std[:, 0, cls], 0.05, 0.15)


def test_a_log_uniform_law_is_one_for_every_tissue_alone_fitted_and_beside_others():
    law = log_uniform(0.05, 0.8)
    alone = prior("uniform", mean=law)
    fitted = {"a": {name: TissuePrior(law, uniform(0)) for name in ("vertebra", "disc", "canal", "unlabelled")}}
    for config in (alone, prior("fitted", fitted=fitted), prior("fitted", fitted=fitted, mean=law)):
        mean, _ = draw(config)
        for cls in (0, L1, A_DISC, THE_CANAL):
            expect_uniform(mean[:, 0, cls, 0].log(), *torch.tensor([0.05 - 1e-6, 0.8 + 1e-6]).log().tolist())
    mixed, _ = draw(IntensityConfig(**ALONE | {"mean": law, "priors": {"uniform": 1.0, "t1": 1.0}}))
    of_t1 = mixed[:, 0, L1, 0] >= 0.6
    assert 0.5 < of_t1.float().mean() < 0.65  # half, and what the law has there


def test_uniform_is_uniform_for_every_tissue():
    mean, std = draw(prior("uniform", mean=uniform(0.2, 0.8), std=uniform(0.01, 0.03)))
    for cls in range(len(TISSUES)):
        expect_uniform(mean[:, 0, cls, 0], 0.2, 0.8)
    expect_uniform(std, 0.01, 0.03)


def test_mixed_lies_between_t1_and_t2():
    one, two, between = (draw(prior("mixed", t2_share=uniform(share)))[0] for share in (0, 1, 0.25))
    assert torch.equal(one, draw(prior("mixed", t2_share=uniform(0)))[0])
    expect_uniform(one[:, 0, THE_CANAL, 0], 0.2, 0.4)
    expect_uniform(two[:, 0, THE_CANAL, 0], 0.7, 0.95)
    assert torch.allclose(between, 0.75 * one + 0.25 * two, atol=1e-6)


def test_the_share_of_t2_differs_between_samples():
    canal = draw(prior("mixed"))[0][:, 0, THE_CANAL, 0]
    assert canal.min() < 0.3
    assert canal.max() > 0.85
    assert canal.mean() == pytest.approx((0.3 + 0.825) / 2, abs=0.02)


def test_fitted_takes_one_sequence_for_all_tissues_of_a_sample():
    dark, bright = TissuePrior(uniform(0, 0.3), uniform(0)), TissuePrior(uniform(0.7, 1), uniform(0.1))
    fitted = {"dark": {"vertebra": dark, "disc": dark}, "bright": {"vertebra": bright, "disc": bright}}
    mean, std = draw(prior("fitted", fitted=fitted))
    of_bright = mean[:, 0, L1, 0] > 0.5
    assert of_bright.float().mean() == pytest.approx(0.5, abs=0.03)
    assert torch.equal(of_bright, mean[:, 0, A_DISC, 0] > 0.5)
    assert torch.equal(of_bright, std[:, 0, L1, 0] > 0.05)


def test_normal_laws_have_their_moments_and_stay_intensities():
    tissue = TissuePrior(normal(0.5, 0.1), normal(0.02, 0.05))
    mean, std = draw(
        prior("fitted", fitted={"t1": {"canal": tissue, "disc": TissuePrior(normal(0.9, 0.3), tissue.std)}})
    )
    assert mean[:, 0, THE_CANAL, 0].mean() == pytest.approx(0.5, abs=0.01)
    assert mean[:, 0, THE_CANAL, 0].std() == pytest.approx(0.1, abs=0.01)
    assert mean[:, 0, A_DISC].max() == 1
    assert std.min() == 0


def test_priors_are_drawn_by_weight():
    mean, _ = draw(prior("t1", priors={"t1": 3.0, "t2": 1.0, "uniform": 0.0}))
    assert (mean[:, 0, THE_CANAL, 0] < 0.55).float().mean() == pytest.approx(0.75, abs=0.03)


def test_what_a_prior_does_not_know_is_as_the_whole_or_else_uniform():
    marrow = TissuePrior(uniform(0.4, 0.5), uniform(0))
    mean, _ = draw(prior("fitted", mean=uniform(0.9, 1), fitted={"t1": {"vertebra": marrow}}))
    expect_uniform(mean[:, POSTERIOR, L1, 0], 0.4, 0.5)
    for cls in (0, A_DISC, THE_CANAL, ANOTHER):
        expect_uniform(mean[:, 0, cls, 0], 0.9, 1)


@pytest.mark.parametrize("name", ["t1", "t2", "mixed"])
def test_unlabelled_tissue_is_uniform_unless_the_prior_is_to_say(name):
    mean, std = draw(prior(name, unlabelled="uniform", std=uniform(0.3, 0.4)))
    expect_uniform(mean[:, 0, 0, 0], 0, 1)
    expect_uniform(std[:, 0, 0, 0], 0.3, 0.4)
    expect_uniform(draw(prior(name))[0][:, 0, 0, 0], 0, 0.1)


def test_levels_share_a_mean_and_parts_have_one_of_their_own():
    mean, _ = draw(prior("uniform"), n=50)
    for part in (0, POSTERIOR):
        assert torch.equal(mean[:, part, L1], mean[:, part, L2])
        assert torch.equal(mean[:, part, L1], mean[:, part, L3])
        assert torch.equal(mean[:, part, L1, 0], mean[:, part, L1, 1])
    for cls, part in ((L1, POSTERIOR), (A_DISC, NUCLEUS), (THE_CANAL, NERVES)):
        correlation = torch.corrcoef(torch.stack((mean[:, 0, cls, 0], mean[:, part, cls, 0])))[0, 1]
        assert abs(correlation) < 0.5
    assert not torch.equal(mean[:, 0, L1], mean[:, 0, A_DISC])


def test_levels_and_regions_differ_by_their_spreads():
    levels = draw(prior("uniform", mean=uniform(0.5), level_spread=uniform(-0.2, 0.2)))[0]
    expect_uniform(levels[:, 0, L1, 0], 0.4, 0.6)
    assert torch.equal(levels[:, 0, L1, 0], levels[:, 0, L1, 1])
    assert torch.allclose(levels[:, 0, L1], levels[:, POSTERIOR, L1])
    assert not torch.equal(levels[:, 0, L1], levels[:, 0, L2])
    regions = draw(prior("uniform", mean=uniform(0.5), region_spread=uniform(-0.2, 0.2)))[0]
    expect_uniform(regions[:, 0, L1, 0], 0.4, 0.6)
    assert (regions[:, 0, L1, 0] - regions[:, 0, L1, 1]).std() == pytest.approx(0.2 / 6**0.5, rel=0.05)


def test_regions_of_unlabelled_tissue_are_independent_and_know_no_spread():
    mean, _ = draw(prior("uniform", mean=uniform(0.2, 0.8), level_spread=uniform(5), region_spread=uniform(5)))
    first, second, ignored = mean[:, 0, 0, 0], mean[:, 0, 0, 1], mean[:, 0, IGNORED, 0]
    for other in (second, ignored):
        assert abs(torch.corrcoef(torch.stack((first, other)))[0, 1]) < 0.06
        expect_uniform(other, 0.2, 0.8)


def test_a_curve_makes_neighbouring_regions_alike_and_keeps_the_law_of_each():
    along = {"curve": 1.0, "curve_points": uniform(4), "curve_begin": uniform(0, 1)}
    spread = {"mean": uniform(0.2, 0.8), "region_spread": uniform(-0.1, 0.1)}
    mean, _ = draw(prior("uniform", **spread, **along), regions=16)
    for region in range(16):
        expect_uniform(mean[:, 0, 0, region], 0.2, 0.8)
    steps = mean[:, 0, :, 1:] - mean[:, 0, :, :-1]
    apart = mean[:, 0, :, 15] - mean[:, 0, :, 0]
    for cls in (0, L1, A_DISC):
        assert steps[:, cls].std() < 0.4 * apart[:, cls].std()
    unlabelled = torch.corrcoef(mean[:, 0, 0].T)
    assert unlabelled[0, 1] > 0.9
    assert abs(unlabelled[0, 5:]).max() < 0.06
    assert abs(torch.corrcoef(torch.stack((mean[:, 0, 0, 15], mean[:, 0, IGNORED, 15])))[0, 1]) < 0.06


def test_the_curve_of_unlabelled_tissue_begins_in_the_dark_and_ends_anywhere():
    mean, _ = draw(prior("uniform", mean=uniform(0.2, 0.8), curve=1.0, curve_begin=uniform(0, 0.1)), regions=16)
    for cls in (0, IGNORED):
        expect_uniform(mean[:, 0, cls, 0], 0.2, 0.26)
        expect_uniform(mean[:, 0, cls, -1], 0.2, 0.8)
    of_structure = mean[:, 0, A_DISC]
    assert abs(of_structure[:, 0].mean() - of_structure[:, -1].mean()) < 0.02


def test_regions_without_a_curve_do_not_begin_in_the_dark():
    mean, _ = draw(prior("uniform", mean=uniform(0, 1), curve=0.0, curve_begin=uniform(0)), regions=16)
    expect_uniform(mean[:, 0, 0, 0], 0, 1)


def test_the_curve_is_that_of_its_share_of_the_samples():
    mean, _ = draw(prior("uniform", mean=uniform(0, 1), curve=0.25, curve_points=uniform(2)), regions=32)
    bent = (mean[:, 0, 0, 2:] - 2 * mean[:, 0, 0, 1:-1] + mean[:, 0, 0, :-2]).abs().amax(-1)
    assert (bent < 0.1).float().mean() == pytest.approx(0.25, abs=0.03)


@pytest.mark.parametrize("name", ["uniform", "t1", "t2", "mixed"])
def test_cortex_is_one_dark_tissue_in_every_contrast(name):
    mean, _ = draw(prior(name, cortex=uniform(0.05, 0.1), region_spread=uniform(-0.3, 0.3)), regions=3)
    expect_uniform(mean[:, CORTEX, 0, 0], 0.05, 0.1)
    assert torch.equal(mean[:, CORTEX, 0, 0], mean[:, CORTEX, 0, 2])
    for cls in (L1, L3, A_DISC, THE_CANAL, IGNORED):
        assert torch.equal(mean[:, CORTEX, 0, 0], mean[:, CORTEX, cls, 1])


def test_a_fitted_prior_may_say_what_cortex_is_like():
    bright = {"fat saturated": {"cortex": TissuePrior(uniform(0.5, 0.6), uniform(0))}}
    mean, _ = draw(prior("fitted", fitted=bright))
    expect_uniform(mean[:, CORTEX, 0, 0], 0.5, 0.6)


def test_one_region_needs_no_curve():
    mean, _ = draw(prior("uniform", mean=uniform(0, 1), curve=1.0), regions=1)
    expect_uniform(mean[:, 0, 0, 0], 0, 1)


def test_parts_that_a_tissue_lacks_are_the_tissue():
    mean, std = draw(IntensityConfig(), n=20)
    for cls, present in ((0, 2), (ANOTHER, 1), (A_DISC, 3), (THE_CANAL, 3), (L1, 3)):
        for part in range(present, MOST_PARTS):
            assert torch.equal(mean[:, part, cls], mean[:, 0, cls])
            assert torch.equal(std[:, part, cls], std[:, 0, cls])


def test_values_are_possible_ones_for_any_settings():
    wild = IntensityConfig(mean=normal(0, 9), std=normal(0, 9), level_spread=normal(0, 9), region_spread=normal(0, 9))
    mean, std = draw(wild)
    assert mean.min() == 0
    assert mean.max() == 1
    assert std.min() == 0
    assert std.isfinite().all()


def test_tables_name_whole_structures():
    assert {"unlabelled", "vertebra", "canal", "disc"} <= set(T1)
    assert set(T1) == set(T2)


def test_structures_are_like_unlabelled_tissue_in_their_shares_of_the_samples():
    layout = Layout(Grid((4, 4), (1, 1)), (4, 4), torch.tensor(TISSUES), 2)
    config = IntensityConfig(alike={"vertebra": 0.3, "disc": 1.0})
    shared = sample_shared(config, 4000, layout, torch.Generator().manual_seed(0))
    assert shared.shape == (4000, MOST_PARTS, len(TISSUES), 1)
    assert not shared[:, CORTEX].any()
    assert not shared[:, :, [0, THE_CANAL, ANOTHER, IGNORED]].any()
    assert shared[:, [0, NUCLEUS], A_DISC].all()
    assert shared[:, 0, L1].float().mean() == pytest.approx(0.3, abs=0.03)
    assert torch.equal(shared[:, 0, L1], shared[:, POSTERIOR, L3])


@pytest.mark.parametrize(
    ("alike", "message"),
    [({"sacrum": 0.5}, "shares of vertebra, canal, disc"), ({"disc": 1.5}, "shares from 0 to 1")],
)
def test_only_structures_are_alike_in_a_share_of_the_samples(alike, message):
    with pytest.raises(ValueError, match=message):
        IntensityConfig(alike=alike)
