"""Networks beyond nnU-Net's own."""

from nnunet_spine.networks.attention_unet import AttentionUNet
from nnunet_spine.networks.encoder_decoder import EncoderDecoder
from nnunet_spine.networks.paper_unet import PaperUNet
from nnunet_spine.networks.precision import compute_in_bf16
from nnunet_spine.networks.topology import Topology
from nnunet_spine.networks.unet import MODIFIED_WIDTHS, REPORT_WIDTHS, UNet
from nnunet_spine.networks.unet_plus_plus import UNetPlusPlus

__all__ = [
    "MODIFIED_WIDTHS",
    "REPORT_WIDTHS",
    "AttentionUNet",
    "EncoderDecoder",
    "PaperUNet",
    "Topology",
    "UNet",
    "UNetPlusPlus",
    "compute_in_bf16",
]
