"""Training on real images, augmented as strongly as synthetic ones are made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from nnunet_spine.trainers.synth_spine import SynthSpine


class StrongAug(SynthSpine):
    """Real images in random contrasts, deformed and with lesions and artefacts as those of `SynthSpine`: its rival.

    What paints tissues is not there: parts, texture, trabeculae and partial volume; see preset `augment`.
    """

    settings: ClassVar[Mapping[str, Any]] = {"preset": "augment"}
