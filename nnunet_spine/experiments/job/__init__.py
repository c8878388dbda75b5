"""One node made by one process: `python -m nnunet_spine.experiments.job GRAPH NODE`.

Starts fast, for there may be thousands: of the standard library alone.
"""
