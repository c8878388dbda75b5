"""Rows of other packages. They are optional (`pip install ".[bench]"`); a row that is missing says why."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from functools import partial

import numpy as np

from _synthesis.patches import Patch, draw_batch
from _synthesis.timing import Absent, Row

CORNUCOPIA, TORCHIO, AUGLAB = "cornucopia SynthFromLabel", "torchio chain", "AugLab GPU transforms"
ELASTIC_MM = 7.5
AUGLAB_SETTINGS = "AUGLAB_PARAMS_GPU_JSON"


def cornucopia(patch: Patch, device: str) -> Iterator[Row | Absent]:
    """SynthFromLabelTransform with its defaults, which need no image."""
    try:
        from cornucopia import SynthFromLabelTransform
    except ImportError:
        yield Absent(CORNUCOPIA, patch.name, device, "not installed: pip install cornucopia==0.5.1")
        return
    labels, _ = draw_batch(patch, patch.grid.size, 1)
    yield Row(CORNUCOPIA, patch.name, device, partial(SynthFromLabelTransform(), labels[0]))


def torchio(patch: Patch, device: str) -> Iterator[Row | Absent]:
    """Elastic deformation within the slice, labels to image, blur, bias field and noise, with their defaults."""
    try:
        import SimpleITK as sitk  # noqa: N813
        import torchio as tio
    except ImportError:
        yield Absent(TORCHIO, patch.name, device, "not installed: pip install torchio==1.2.1")
        return
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    warnings.filterwarnings("ignore", module="torchio")
    elastic = tio.RandomElasticDeformation(max_displacement=(0, ELASTIC_MM, ELASTIC_MM))
    image_steps = (tio.RandomLabelsToImage(label_key="label"), tio.RandomBlur(), tio.RandomBiasField())
    chain = tio.Compose((elastic, *image_steps, tio.RandomNoise()))
    flat = (1,) * (3 - patch.grid.dim)
    labels = draw_batch(patch, patch.grid.size, 1)[0].reshape(1, *flat, *patch.grid.size)
    affine = np.diag([*flat, *patch.grid.spacing_mm, 1.0])

    def draw() -> object:
        return chain(tio.Subject(label=tio.LabelMap(tensor=labels, affine=affine)))

    yield Row(TORCHIO, patch.name, device, draw)


def auglab(patch: Patch, device: str) -> Iterator[Row | Absent]:
    """AugLab's GPU transforms of images: 3D only, with the settings that its own environment variable names."""
    if patch.grid.dim != 3:
        yield Absent(AUGLAB, patch.name, device, "3D only")
        return
    try:
        from auglab.transforms.gpu.transforms import AugTransformsGPU
    except ImportError:
        yield Absent(AUGLAB, patch.name, device, 'not installed (GPL-3): pip install auglab==20260109 "kornia<0.9"')
        return
    if AUGLAB_SETTINGS not in os.environ:
        yield Absent(AUGLAB, patch.name, device, f"no settings in its wheel: name a file in {AUGLAB_SETTINGS}")
        return
    labels, image = (x.float().to(device) for x in draw_batch(patch, patch.grid.size, patch.batch))
    transforms = AugTransformsGPU(json_path=os.environ[AUGLAB_SETTINGS]).to(device)
    yield Row(AUGLAB, patch.name, device, partial(transforms, image, labels), samples=patch.batch)
