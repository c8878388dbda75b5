from __future__ import annotations

import sys

import numpy as np
import pytest

from nnunet_spine.features.embedding import FEWEST, embed, require_packages


# UMAP once in all: it compiles for seconds.
@pytest.mark.parametrize(("method", "number"), [("umap", FEWEST), ("tsne", 40), ("tsne", FEWEST)])
def test_the_same_seed_gives_the_same_points(method: str, number: int):
    features = np.random.default_rng(0).normal(size=(number, 6))
    features[: number // 2] += 30
    points = embed(features, method, 1)
    assert points.shape == (number, 2)
    assert np.isfinite(points).all()
    assert np.array_equal(points, embed(features, method, 1))


def test_channels_that_say_nothing_give_no_picture_and_no_error():
    assert np.array_equal(embed(np.ones((FEWEST, 3)), "umap", 0), np.zeros((FEWEST, 2)))
    one = np.random.default_rng(0).normal(size=(FEWEST, 1))
    assert np.isfinite(embed(one, "tsne", 0)).all()


@pytest.mark.parametrize(("package", "method"), [("sklearn.metrics", "none"), ("umap", "umap")])
def test_a_missing_extra_is_said(monkeypatch: pytest.MonkeyPatch, package: str, method: str):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ValueError, match=r'pip install "\.\[features\]"'):
        require_packages(method)
