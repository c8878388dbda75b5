"""Where a network pools and how large its kernels are: what nnU-Net's plan decides, for as many levels as needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Axes = tuple[int, ...]


@dataclass(frozen=True)
class Topology:
    """Strides and kernel sizes of every level, the finest first.

    Networks pad their convolutions so that they keep the size, and never pad or crop an image: every axis of the input
    has to be a multiple of `divisor`. The patches that nnU-Net plans are.

    Attributes:
        strides: for every level 2 or 3 integers, how much each axis shrinks on the way to it; 1 at the finest.
        kernel_sizes: for every level odd sizes of its convolutions along each axis.

    Raises:
        ValueError: if they do not describe a network whose output has the size of its input.
    """

    strides: tuple[Axes, ...]
    kernel_sizes: tuple[Axes, ...]

    def __post_init__(self) -> None:
        for name in ("strides", "kernel_sizes"):
            object.__setattr__(self, name, _as_axes(name, getattr(self, name)))
        if len(self.strides) < 2 or len(self.strides) != len(self.kernel_sizes):
            raise ValueError(
                f"expected strides and kernel sizes of the same 2 or more levels, got {len(self.strides)} strides "
                f"{self.strides} and {len(self.kernel_sizes)} kernel sizes {self.kernel_sizes}"
            )
        if {len(axes) for axes in self.strides + self.kernel_sizes} not in ({2}, {3}):
            raise ValueError(
                "expected strides and kernel sizes of 2 axes each or of 3 each, "
                f"got strides {self.strides}, kernel sizes {self.kernel_sizes}"
            )
        if any(stride != 1 for stride in self.strides[0]):
            raise ValueError(f"expected strides of 1 at the finest level, got {self.strides[0]}")
        if any(size % 2 == 0 for sizes in self.kernel_sizes for size in sizes):
            raise ValueError(f"expected odd kernel sizes, got {self.kernel_sizes}")

    @classmethod
    def regular(cls, dim: int, levels: int) -> Topology:
        """Kernels of 3, every axis halved from level to level."""
        strides = ((1,) * dim, *[(2,) * dim] * (levels - 1))
        return cls(strides, ((3,) * dim,) * levels)

    def with_levels(self, levels: int) -> Topology:
        """The same with fewer levels, or with further ones that are not pooled and have the last kernel size.

        So a network of fixed depth takes every patch of a plan: it never pools more often than the plan.
        """
        further = levels - len(self.strides)
        strides = self.strides[:levels] + ((1,) * self.dim,) * further
        return Topology(strides, self.kernel_sizes[:levels] + self.kernel_sizes[-1:] * further)

    @property
    def dim(self) -> int:
        """Number of axes of an image."""
        return len(self.strides[0])

    @property
    def levels(self) -> int:
        """Number of resolutions, the bottleneck included."""
        return len(self.strides)

    @property
    def factors(self) -> tuple[Axes, ...]:
        """How many voxels of the input one of each level has, along each axis."""
        factors = [self.strides[0]]
        for strides in self.strides[1:]:
            factors.append(tuple(a * b for a, b in zip(factors[-1], strides, strict=True)))
        return tuple(factors)

    @property
    def divisor(self) -> Axes:
        """What the size of an input has to be a multiple of, along each axis."""
        return self.factors[-1]

    def check_size(self, size: Sequence[int]) -> None:
        """Refuse an image of another dimension, or that cannot be pooled and brought back to its size.

        Raises:
            ValueError: if so.
        """
        if len(size) != self.dim or any(n < d or n % d for n, d in zip(size, self.divisor, strict=True)):
            raise ValueError(f"expected an image whose size is a multiple of {self.divisor}, got {tuple(size)}")


def _as_axes(name: str, given: Sequence[Sequence[int]]) -> tuple[Axes, ...]:
    """Tuples of whole numbers from 1, whatever sequences they came in.

    Raises:
        ValueError: if something else came.
    """
    try:
        axes = tuple(tuple(int(n) for n in level) for level in given)
        plain = all(
            n == m and n >= 1 for level, own in zip(given, axes, strict=True) for m, n in zip(level, own, strict=True)
        )
    except (TypeError, ValueError, OverflowError):
        plain = False
    if not plain:
        raise ValueError(f"{name}: expected whole numbers from 1 for each axis of each level, got {given}")
    return axes
