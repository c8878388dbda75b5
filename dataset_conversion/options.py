"""What a conversion may be asked to do."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, get_args

import numpy as np

from nnunet_spine.dataset_conversion.provenance import FORMAT
from nnunet_spine.labels import ExtraLevels, Scheme, scheme_of

SEQUENCES = ("t1", "t2", "t2_SPACE")
Subset = Literal["training", "validation", "all"]
DEFAULT_EXTRA_LEVELS: ExtraLevels = "ignore"


@dataclass(frozen=True)
class ConversionOptions:
    """Choices that change what the data set contains.

    Attributes:
        sequences: which of SPIDER's sequences to take.
        subset: which of the official subsets to take.
        extra_levels: what becomes of levels above the sixth in a numbered scheme; None for `ignore` there. In a scheme
            without numbers every level has its class, and only None and the default, `ignore`, are taken.
        trim_slices: drop lateral slices at both ends of training volumes that show no spine.
        renumber: turn masks with the numbering of the SPIDER authors' algorithm into SPIDER's instead of refusing them.
        skip_invalid: leave cases with problems out and list them in the manifest instead of refusing the folder.
    """

    sequences: tuple[str, ...] = SEQUENCES
    subset: Subset = "all"
    extra_levels: ExtraLevels | None = None
    trim_slices: bool = False
    renumber: bool = False
    skip_invalid: bool = False

    def __post_init__(self) -> None:
        """Raise ValueError for a choice that does not exist."""
        unknown = [sequence for sequence in self.sequences if sequence not in SEQUENCES]
        if unknown or not self.sequences or isinstance(self.sequences, str):
            raise ValueError(f"sequences: expected some of {', '.join(SEQUENCES)}, got {self.sequences!r}")
        if self.subset not in get_args(Subset):
            raise ValueError(f"subset: expected one of {', '.join(get_args(Subset))}, got {self.subset!r}")
        # One order and no repetitions, so that equal choices make equal settings.
        object.__setattr__(self, "sequences", tuple(s for s in SEQUENCES if s in self.sequences))


@dataclass(frozen=True)
class Treatment:
    """What is done to each case: label scheme and options, resolved and checked.

    Attributes:
        scheme_name: a name of `nnunet_spine.labels.SCHEMES`.
        options: the options, `extra_levels` filled in.
    """

    scheme_name: str
    options: ConversionOptions

    @classmethod
    def resolve(cls, scheme_name: str, options: ConversionOptions) -> Treatment:
        """Fill in the default for extra levels.

        Raises:
            ValueError: for an unknown scheme or policy, or a policy where the scheme does not number levels.
        """
        scheme = scheme_of(scheme_name)
        if not scheme.numbered and options.extra_levels not in (None, DEFAULT_EXTRA_LEVELS):
            raise ValueError(
                f"extra levels: the scheme {scheme_name} does not number levels, so that every level has a class; "
                f"leave the choice {options.extra_levels!r} out"
            )
        if not scheme.numbered:
            return cls(scheme_name, replace(options, extra_levels=None))
        options = replace(options, extra_levels=options.extra_levels or DEFAULT_EXTRA_LEVELS)
        scheme.lookup(options.extra_levels)
        return cls(scheme_name, options)

    @property
    def scheme(self) -> Scheme:
        """The label scheme."""
        return scheme_of(self.scheme_name)

    @property
    def table(self) -> np.ndarray:
        """Class of every SPIDER value, as `Scheme.lookup`."""
        return self.scheme.lookup(self.options.extra_levels or DEFAULT_EXTRA_LEVELS)

    @property
    def label_values(self) -> dict[str, int]:
        """The `labels` entry of dataset.json."""
        return self.scheme.dataset_labels(self.options.extra_levels or DEFAULT_EXTRA_LEVELS)

    def settings(self) -> dict[str, Any]:
        """All choices in a form for JSON."""
        return {"scheme": self.scheme_name, **asdict(self.options), "sequences": list(self.options.sequences)}

    def case_settings(self) -> dict[str, Any]:
        """The choices on which the output of a single case depends."""
        chosen = ("extra_levels", "trim_slices", "renumber")
        return {"format": FORMAT, "scheme": self.scheme_name, **{key: getattr(self.options, key) for key in chosen}}
