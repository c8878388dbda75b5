"""Tissues of the lumbar spine, and the parts that have no label of their own.

A tissue is a number: 0 for unlabelled tissue of all kinds, 1 to 3 for the structures below, any higher number for
another labelled structure. A part is a second number, 0 for what is left of the structure when its parts are taken out.

Cortical bone, end plates and ligaments lie along the border of a vertebra's label, as parts of whatever is there, and
little of them within it. In SPIDER the signal has fallen halfway 0 to 0.4 mm within the border towards discs, at the
border towards the canal, 0.4 to 0.8 mm within it in front; it is lowest 0.6 to 1.1 mm outside, in front of discs and
canal, of whose labels about 0.4 mm are dark (median profiles in the middle slices of 30 T2 SPACE, 26 T1, 24 T2).
"""

from __future__ import annotations

UNLABELLED, VERTEBRA, CANAL, DISC = range(4)

PARTS: dict[int, tuple[str, ...]] = {
    UNLABELLED: ("unlabelled", "cortex"),
    VERTEBRA: ("vertebra", "cortex", "posterior"),
    CANAL: ("canal", "cortex", "nerves"),
    DISC: ("disc", "cortex", "nucleus"),
}
"""Name of every part of a tissue; the first one is the structure itself."""

OTHER = "other"
"""Name of labelled structures that are none of the above."""

STRUCTURES: dict[str, int] = {PARTS[tissue][0]: tissue for tissue in (VERTEBRA, CANAL, DISC)}
"""The tissue of every labelled structure that has parts, by its name."""

MOST_PARTS = max(map(len, PARTS.values()))
NAMES: tuple[str, ...] = (*dict.fromkeys(name for names in PARTS.values() for name in names), OTHER)

CORTEX, POSTERIOR = 1, 2
NERVES = 2
NUCLEUS = 2


def whole_of(name: str) -> str:
    """The structure that a part belongs to, itself for a structure."""
    return next((names[0] for names in PARTS.values() if name in names), name)


def name_of(tissue: int, part: int) -> str:
    """Name of a part of a tissue; of the structure itself where the tissue has no such part."""
    names = PARTS.get(tissue, (OTHER,))
    return names[part] if part < len(names) else names[0]
