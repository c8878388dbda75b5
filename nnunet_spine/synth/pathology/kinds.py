"""The table of lesions.

Deformations act in this order on positions that look into the map, so each one acts on an anatomy that those after it
have changed: what the scanner does comes first, then what moves most.
"""

from __future__ import annotations

from nnunet_spine.synth.pathology import (
    degeneration,
    fracture,
    herniation,
    metal,
    modic,
    schmorl,
    slip,
    stenosis,
    susceptibility,
)
from nnunet_spine.synth.pathology.kind import Kind

KINDS: tuple[Kind, ...] = (
    susceptibility.KIND,
    metal.KIND,
    slip.KIND,
    fracture.KIND,
    stenosis.KIND,
    degeneration.KIND,
    herniation.KIND,
    schmorl.KIND,
    modic.KIND,
)
