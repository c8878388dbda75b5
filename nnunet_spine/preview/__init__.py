"""Figures of what the generator makes of a data set: contact sheets, and the effect of every step alone."""

from nnunet_spine.preview.options import PreviewOptions
from nnunet_spine.preview.write import PAGE, write_preview

__all__ = ["PAGE", "PreviewOptions", "write_preview"]
