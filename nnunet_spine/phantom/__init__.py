"""Digital lumbar phantom: synthetic patients in SPIDER's layout, imaged by the physics of spin echoes."""

from nnunet_spine.phantom.write import write_phantom

__all__ = ["write_phantom"]
