"""What a job does that nnU-Net and `nnunet-spine` have no command for: `python -m nnunet_spine.steps.NAME`."""
