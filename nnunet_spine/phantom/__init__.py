"""Digital lumbar phantom: synthetic patients in SPIDER's layout, imaged by the physics of spin echoes."""

from nnunet_spine.phantom.write import finished_patients, is_written, write_phantom

__all__ = ["finished_patients", "is_written", "write_phantom"]
