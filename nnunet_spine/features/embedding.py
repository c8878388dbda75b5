"""Features of a layer as points of a plane, by UMAP or t-SNE; the same points in every run."""

from __future__ import annotations

import importlib
import warnings
from types import ModuleType
from typing import Literal

import numpy as np

from nnunet_spine.features.probe import standardised

Method = Literal["umap", "tsne", "none"]
METHODS: tuple[Method, ...] = ("umap", "tsne", "none")

FEWEST = 12
"""Points below which there is nothing to see: neighbours of a point would be nearly all others."""

_NEIGHBOURS, _PERPLEXITY = 15, 30.0
"""The defaults of the two methods, lowered for few points."""


def require_packages(method: Method) -> None:
    """Refuse to begin without the packages that are needed.

    Raises:
        ValueError: saying how to install them.
    """
    _package("sklearn.metrics")
    if method == "umap":
        _package("umap")


def embed(features: np.ndarray, method: Method, seed: int) -> np.ndarray:
    """Points (N, 2) of features (N, C), whose channels are standardised first.

    Args:
        features: of at least `FEWEST` rows.
        method: `umap` (McInnes et al. 2018, https://arxiv.org/abs/1802.03426), or `tsne` (van der Maaten and Hinton,
            JMLR 9, 2008), which begins with the two main components.
        seed: of its random numbers.
    """
    known = standardised(features)
    number = len(known)
    if not known.shape[1]:
        return np.zeros((number, 2))
    if method == "tsne":
        start = "pca" if known.shape[1] > 1 else "random"
        perplexity = min(_PERPLEXITY, (number - 1) / 3)
        return (
            _package("sklearn.manifold").TSNE(perplexity=perplexity, init=start, random_state=seed).fit_transform(known)
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that a seed means a single process, as it shall
        neighbours = min(_NEIGHBOURS, number - 1)
        return _package("umap").UMAP(n_neighbors=neighbours, random_state=seed, n_jobs=1).fit_transform(known)


def _package(name: str) -> ModuleType:
    """A package of the extra, imported late: UMAP compiles for seconds."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ValueError(f'{error}; what this command needs, in a clone: pip install ".[features]"') from None
