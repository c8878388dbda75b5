"""The signal a tissue gives in a spin echo sequence."""

from __future__ import annotations

import numpy as np

from nnunet_spine.phantom.protocols import Protocol
from nnunet_spine.phantom.tissues import Relaxation, relaxation

SPACE_CONTRAST_TE = 0.75
"""Echo time of a conventional spin echo of the same T2 contrast, relative to the nominal one of a train with low and
varying flip angles, in which the magnetisation is stored along z for a part of the time (Mugler 2014)."""


def spin_echo(protocol: Protocol, density: np.ndarray, t1_ms: np.ndarray, t2_ms: np.ndarray) -> np.ndarray:
    """Signal of a turbo spin echo in the steady state.

    Without a restore pulse this is density * (1 - exp(-(TR - T) / T1)) * exp(-TE / T2), T being the length of the echo
    train. A restore pulse turns the magnetisation that is left after T, exp(-T / T2), back to z; the recovery starts
    from there instead of from zero: density * (1 - E1) / (1 - E1 * exp(-T / T2)) * exp(-TE / T2). Fluids gain most.
    """
    stored = SPACE_CONTRAST_TE if protocol.sequence == "t2_SPACE" else 1.0
    length_ms = protocol.train * protocol.echo_spacing_ms
    recovery = np.exp(-(protocol.tr_ms - length_ms) / t1_ms)
    left = np.exp(-stored * length_ms / t2_ms) if protocol.restore else 0.0
    return density * (1 - recovery) / (1 - recovery * left) * np.exp(-stored * protocol.te_ms / t2_ms)


def tissue_signals(protocol: Protocol, marrow_fat: float) -> tuple[np.ndarray, np.ndarray]:
    """Signal of the water and of the fat in every tissue, float32 of shape (number of tissues,) each."""
    table: Relaxation = relaxation(protocol.scanner.field_t, marrow_fat)
    water = spin_echo(protocol, table.water_density, table.t1_ms, table.t2_ms)
    fat = spin_echo(protocol, table.fat_density, np.array(table.fat_t1_ms), np.array(table.fat_t2_ms))
    return water.astype(np.float32), fat.astype(np.float32)
