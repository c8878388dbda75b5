"""The drawn spine in both schemes."""

import pytest

from .drawing import Drawing


@pytest.fixture(params=["4class", "14class"])
def spine(request: pytest.FixtureRequest) -> Drawing:
    return Drawing(request.param)


@pytest.fixture
def classes() -> Drawing:
    """One label for all vertebrae, one for all discs."""
    return Drawing("4class")


@pytest.fixture
def levels() -> Drawing:
    """A label for each level."""
    return Drawing("14class")
