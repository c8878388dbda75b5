"""Training on real images, augmented as strongly as synthetic ones are made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from nnunet_spine.trainers.synth_spine import SynthSpine


class StrongAug(SynthSpine):
    """Real images in random contrasts, with all else that `SynthSpine` does to an image: its fair rival."""

    settings: ClassVar[Mapping[str, Any]] = {"preset": "augment"}
