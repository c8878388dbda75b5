"""Training on images synthesised from label maps, validation and prediction on real ones."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from batchgeneratorsv2.transforms.base.basic_transform import BasicTransform
from batchgeneratorsv2.transforms.spatial.mirroring import MirrorTransform
from batchgeneratorsv2.transforms.utils.compose import ComposeTransforms

from nnunet_spine.plumbing.files import write_text
from nnunet_spine.synth import Grid, SynthGenerator
from nnunet_spine.synth.config.files import dump
from nnunet_spine.trainers.anatomical_orientation import AnatomicalOrientation
from nnunet_spine.training.anatomy import describe_tissues, tissues_of_labels
from nnunet_spine.training.batch import TargetMaker, synthesise_batch
from nnunet_spine.training.settings import FILE_NAME, STORED_AS, settings_of_new_run, settings_to_continue


class SynthSpine(AnatomicalOrientation):
    """Synthesises every training image on the device of the network, from the label map that nnU-Net's loader cuts.

    Of the real image only the shapes of its regions are used, never its intensities. nnU-Net's own augmentation is
    switched off; its loader, sampling, losses, validation and prediction stay as they are.

    Attributes:
        settings: of the synthesis, as a YAML file would have them; all that a subclass with another recipe has to say.
    """

    settings: ClassVar[Mapping[str, Any]] = {"preset": "spine"}

    def configure(self) -> None:
        """Refuse what cannot be synthesised, settings included; the generator is made when training starts."""
        super().configure()
        self._refuse_what_cannot_be_synthesised()
        self.synthesis, self.departures = settings_of_new_run(self.own_settings, type(self).__name__)
        self._store_settings()
        self.generator: SynthGenerator | None = None
        self.make_target: TargetMaker | None = None
        self.loaded_size: tuple[int, ...] | None = None
        self.synthesis_rng = torch.Generator()

    def own_settings(self) -> Mapping[str, Any]:
        """What this trainer synthesises with, and what a file of other settings begins from if it names no preset."""
        return self.settings

    def _refuse_what_cannot_be_synthesised(self) -> None:
        name = type(self).__name__
        if self.is_cascaded:
            raise NotImplementedError(f"{name}: the second stage of a cascade needs predictions on synthetic images")
        channels = self.dataset_json.get("channel_names", self.dataset_json.get("modality", {}))
        if len(channels) != 1:
            raise NotImplementedError(f"{name}: expected data of 1 channel, got {len(channels)} ({channels})")
        schemes = self.configuration_manager.normalization_schemes
        if list(schemes) != ["ZScoreNormalization"]:
            raise NotImplementedError(
                f"{name}: synthetic images have the scale of ZScoreNormalization, the plan has {schemes}; name the "
                "channel in dataset.json so that nnU-Net plans a Z-score, for instance MRI"
            )

    def _store_settings(self) -> None:
        """Put the settings where nnU-Net's checkpoints take them from, and where loading one puts its own."""
        self.my_init_kwargs[STORED_AS] = dump(self.synthesis)

    def configure_rotation_dummyDA_mirroring_and_inital_patch_size(self) -> tuple[Any, bool, Any, Any]:  # noqa: N802
        """nnU-Net's choice; the generator has to know what the loader will cut."""
        rotation, dummy_2d, initial_patch_size, axes = (
            super().configure_rotation_dummyDA_mirroring_and_inital_patch_size()
        )
        self.loaded_size = tuple(int(size) for size in initial_patch_size)
        return rotation, dummy_2d, initial_patch_size, axes

    @staticmethod
    def get_training_transforms(
        patch_size: Any,
        rotation_for_DA: Any,  # noqa: N803 - nnU-Net's own name
        deep_supervision_scales: Any,
        mirror_axes: tuple[int, ...] | None,
        *args: Any,
        **kwargs: Any,
    ) -> BasicTransform:
        """Mirroring is all that is left to the workers: the generator does the rest in `train_step`."""
        return ComposeTransforms([MirrorTransform(allowed_axes=mirror_axes)] if mirror_axes else [])

    def on_train_start(self) -> None:
        """Make the generator, and write down what it does."""
        self._settle_settings()
        super().on_train_start()
        labels = self.label_manager
        ignore = [labels.ignore_label] if labels.has_ignore_label else []
        regions = [*labels.foreground_regions, *ignore] if labels.has_regions else None
        self.make_target = TargetMaker(
            regions=None if regions is None else [np.atleast_1d(region).tolist() for region in regions],
            scales=self._get_deep_supervision_scales(),
        )
        patch_size = tuple(self.configuration_manager.patch_size)
        grid = Grid(patch_size, tuple(self.configuration_manager.spacing[-len(patch_size) :]))
        tissues = tissues_of_labels(self.dataset_json["labels"])
        self.generator = SynthGenerator(tissues, grid, self.synthesis, self.loaded_size)
        # Drawn by torch's global generator, so that a run that is seeded repeats; on other ranks it has another state.
        seed = int(torch.randint(2**62, ()))
        self.synthesis_rng.manual_seed(seed)
        self.print_to_log_file(f"Synthesis: seed {seed} (rank {self.local_rank}), {grid}", add_timestamp=False)
        self.print_to_log_file(f"Synthesis: labels by their names: {describe_tissues(tissues)}", add_timestamp=False)

    def _settle_settings(self) -> None:
        """Go on with the settings of the checkpoint if one was loaded, and write down what the run has."""
        self.synthesis, messages = settings_to_continue(self.synthesis, self.my_init_kwargs.get(STORED_AS))
        self._store_settings()
        for message in (*self.departures, *messages):
            self.print_to_log_file(message, add_timestamp=False)
        text = self.my_init_kwargs[STORED_AS]
        self.print_to_log_file(text, also_print_to_console=False, add_timestamp=False)
        if self.local_rank == 0:
            write_text(Path(self.output_folder) / FILE_NAME, text)

    def make_batch(self, batch: dict) -> dict:
        """What the network is trained on in place of a batch of the loader's."""
        return synthesise_batch(batch, self.generator, self.make_target, self.synthesis_rng, self.device)

    def train_step(self, batch: dict) -> dict:
        """nnU-Net's step on the synthetic batch."""
        return super().train_step(self.make_batch(batch))
