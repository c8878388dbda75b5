"""One type that owns how a parameter may be random."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import torch

Law = Literal["uniform", "log_uniform", "normal"]


@dataclass(frozen=True)
class Range:
    """A distribution of one number.

    Attributes:
        law: `uniform` between `a` and `b`, `log_uniform` between them (uniform is the logarithm: as many numbers from
            0.1 to 0.2 as from 0.2 to 0.4), or `normal` with mean `a` and standard deviation `b`.
        a: lower end, or mean.
        b: upper end, or standard deviation; equal to `a` in a uniform law for a constant.

    Raises:
        ValueError: for an unknown law, a number that is not finite, ends in the wrong order, an end of a log-uniform
            law that is not above 0, or a negative deviation.
    """

    law: Law
    a: float
    b: float

    def __post_init__(self) -> None:
        if self.law not in get_args(Law):
            raise ValueError(f"range: expected a law out of {get_args(Law)}, got {self.law!r}")
        if not (math.isfinite(self.a) and math.isfinite(self.b)):
            raise ValueError(f"range: expected finite numbers, got {self.a} and {self.b}")
        if self.has_ends and self.a > self.b:
            raise ValueError(f"range: expected lower <= upper, got {self.a} > {self.b}")
        if self.law == "log_uniform" and self.a <= 0:
            raise ValueError(f"range: expected ends above 0 of a log-uniform law, got {self.a}")
        if self.law == "normal" and self.b < 0:
            raise ValueError(f"range: expected a standard deviation >= 0, got {self.b}")

    @property
    def has_ends(self) -> bool:
        """Whether all draws lie between `a` and `b`."""
        return self.law != "normal"

    @classmethod
    def parse(cls, spec: Any) -> Range:
        """Read a range as written in a settings file.

        Args:
            spec: a number (constant), a pair [lower, upper], or the pair of a law by its name, {normal: [mean,
                deviation]} or {log_uniform: [lower, upper]}.

        Raises:
            ValueError: for anything else.
        """
        if isinstance(spec, Range):
            return spec
        if is_number(spec):
            return cls("uniform", float(spec), float(spec))
        law, pair = next(iter(spec.items())) if isinstance(spec, dict) and len(spec) == 1 else ("uniform", spec)
        if not (isinstance(pair, Sequence) and len(pair) == 2 and all(map(is_number, pair))):
            expected = "a number, [lower, upper], {log_uniform: [lower, upper]} or {normal: [mean, deviation]}"
            raise ValueError(f"range: expected {expected}, got {spec!r}")
        return cls(law, float(pair[0]), float(pair[1]))

    def plain(self) -> float | list[float] | dict[str, list[float]]:
        """The range as a settings file has it; `parse` reads it again."""
        ends = [plain_number(self.a), plain_number(self.b)]
        if self.law == "uniform":
            return ends if self.a < self.b else ends[0]
        return {self.law: ends}

    def __str__(self) -> str:
        return str(self.plain()).replace("'", "")

    def sample(self, shape: Sequence[int], rng: torch.Generator) -> torch.Tensor:
        """Independent draws, float32 of the given shape on the CPU."""
        if self.law == "normal":
            return self.a + self.b * torch.randn(*shape, generator=rng)
        share = torch.rand(*shape, generator=rng)
        if self.law == "log_uniform":
            return self.a * (self.b / self.a) ** share
        return self.a + (self.b - self.a) * share

    def sample_int(self, shape: Sequence[int], rng: torch.Generator) -> torch.Tensor:
        """Independent whole numbers, both ends of a uniform law included; int64 of the given shape on the CPU.

        Raises:
            ValueError: unless the law is uniform between whole numbers.
        """
        if self.law != "uniform" or self.a % 1 or self.b % 1:
            raise ValueError(f"range: expected a uniform law between whole numbers, got {self}")
        return torch.randint(int(self.a), int(self.b) + 1, tuple(shape), generator=rng)


def uniform(low: float, high: float | None = None) -> Range:
    """Uniform between both ends; a constant if only one is given."""
    return Range("uniform", low, low if high is None else high)


def log_uniform(low: float, high: float) -> Range:
    """Uniform in its logarithm between both ends."""
    return Range("log_uniform", low, high)


def normal(mean: float, std: float) -> Range:
    """Normal with mean and standard deviation."""
    return Range("normal", mean, std)


def is_number(value: Any) -> bool:
    """Whether it is a number as a settings file has it; truth values are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def plain_number(value: float) -> float:
    """The same number, without a decimal point where it needs none."""
    return int(value) if float(value).is_integer() and abs(value) < 1e15 else value
