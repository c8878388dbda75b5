"""What tests of trainers take from the small data set that all tests share."""

from ..nnunet_fixtures import CONVENTIONS, DATASET, blocks, command, save

__all__ = ["CONVENTIONS", "DATASET", "blocks", "command", "save"]
