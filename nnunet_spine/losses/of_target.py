"""What was made of a target, for the next one who asks for it."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch.utils.weak import WeakTensorKeyDictionary


class OfTarget:
    """Keeps a tensor for every target as long as that lives and is not written to; copies of it keep nothing."""

    def __init__(self) -> None:
        self._kept = WeakTensorKeyDictionary()

    @torch.compiler.disable
    def get(self, target: torch.Tensor, make: Callable[[], torch.Tensor]) -> torch.Tensor:
        """What is kept for that very target, or else is made now. Nothing is compared, so nothing waits for a GPU."""
        if target.is_inference():  # which does not tell whether it was written to
            return make()
        version, made = self._kept.get(target, (None, None))
        if version != target._version:
            made = make()
            self._kept[target] = (target._version, made)
        return made

    def __reduce__(self) -> tuple[type[OfTarget], tuple]:
        return OfTarget, ()
