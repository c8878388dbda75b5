"""SPIDER files -> nnU-Net raw data set, and any image -> nnU-Net input. Imports no torch.

`convert_spider` makes a raw data set out of a SPIDER folder, `check_spider` looks for problems without writing
anything, `prepare_inputs` makes inputs for `nnUNetv2_predict`. Each raises `InvalidInputError`, a ValueError that
lists every problem it found, before anything appears in its target folder.
"""

from nnunet_spine.dataset_conversion.convert import check_spider, convert_spider
from nnunet_spine.dataset_conversion.options import ConversionOptions
from nnunet_spine.dataset_conversion.prepare import prepare_inputs
from nnunet_spine.dataset_conversion.problems import InvalidInputError, Problem

__all__ = [
    "ConversionOptions",
    "InvalidInputError",
    "Problem",
    "check_spider",
    "convert_spider",
    "prepare_inputs",
]
