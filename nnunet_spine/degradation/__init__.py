"""Real test images made worse, step by step, for curves of robustness.

Nothing here is shared with `nnunet_spine.synth`, though both know noise, motion and resolution: networks are trained
with that code, and a test by the same code would find out how well they know it, not how robust they are. So the models
differ where a choice is open (k-space instead of a triangle for the resolution, slices of box profile, motion between
shots instead of a drift, waves of fixed length instead of splines for the bias), and all is NumPy and SciPy in double
precision.
"""

from nnunet_spine.degradation.conditions import CONDITIONS, RESOLUTION_OF_DIRECTION, Condition
from nnunet_spine.degradation.degradation import Degradation
from nnunet_spine.degradation.following import following_commands
from nnunet_spine.degradation.run import degrade_images

__all__ = [
    "CONDITIONS",
    "RESOLUTION_OF_DIRECTION",
    "Condition",
    "Degradation",
    "degrade_images",
    "following_commands",
]
