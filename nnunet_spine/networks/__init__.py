"""Networks beyond nnU-Net's own."""

from nnunet_spine.networks.unet import MODIFIED_WIDTHS, REPORT_WIDTHS, UNet

__all__ = ["MODIFIED_WIDTHS", "REPORT_WIDTHS", "UNet"]
