"""The demonstration: phantom, conversion, two trainings, prediction, scores, by the commands a user would type."""

from nnunet_spine.demo.run import run_demo
from nnunet_spine.demo.steps import DemoSettings

__all__ = ["DemoSettings", "run_demo"]
