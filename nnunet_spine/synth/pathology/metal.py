"""An implant in a vertebra: a strong disturbance of the field, and a void (see `MetalConfig`)."""

from __future__ import annotations

from nnunet_spine.synth.pathology.kind import Kind
from nnunet_spine.synth.pathology.seats import Seat
from nnunet_spine.synth.pathology.susceptibility import displace, paint, reach, sample

KIND = Kind("metal", Seat.BONE, sample, reach, displace, paint)
