"""What an experiment file may say. Unknown keys and wrong values are errors; nothing is read from a disk here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag

from nnunet_spine.labels import ExtraLevels

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")]
"""Of an experiment and of what it defines: part of file names."""

ArmName = Annotated[str, Field(pattern=r"^[^/\x00-\x1f]*[^/\x00-\x1f\s][^/\x00-\x1f]*$")]
"""Of an arm: shown in tables and figures, so that spaces and signs are allowed beside something that is seen."""


def _is_no_truth_value(value: Any) -> Any:
    """Python counts true as 1."""
    if isinstance(value, bool):
        raise ValueError("a number")
    return value


Whole = Annotated[int, BeforeValidator(_is_no_truth_value)]
Number = Annotated[float, BeforeValidator(_is_no_truth_value)]
Positive = Annotated[Number, Field(gt=0)]

DatasetId = Annotated[Whole, Field(ge=1, le=999)]


def _as_tuple(value: Any) -> Any:
    """One value for a list of one."""
    return value if isinstance(value, list | tuple) else (value,)


Several = BeforeValidator(_as_tuple)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


NOBODY = "nobody"
"""In place of a data set's key: other data sets have other patients, even those of the same names."""


class SpiderData(_Strict):
    """A raw data set that `nnunet-spine convert` makes of a folder in SPIDER's layout.

    Attributes:
        id: of the data set.
        spider: the folder.
        name: after DatasetXXX_; by default the scheme's.
        scheme: of labels.
        sequences: to convert; all by default.
        subset: of SPIDER's official split.
        extra_levels: what becomes of levels above the sixth.
        trim_slices: whether lateral slices without spine are dropped.
        same_patients_as: key of a data set in which the same names are the same patients, or `nobody`; to be said where
            a model is tested on names that it was trained on in a data set from elsewhere. Data sets of one folder have
            the same patients.
    """

    id: DatasetId
    spider: Path
    name: Name | None = None
    scheme: Literal["4class", "14class", "report-erroneous"] = "4class"
    sequences: Annotated[tuple[str, ...], Several] = ()
    subset: Literal["training", "validation", "all"] = "all"
    extra_levels: ExtraLevels = "ignore"
    trim_slices: bool = False
    same_patients_as: Name | None = None


class SyntheticData(_Strict):
    """A raw data set of images that `nnunet-spine synthesize` makes of the label maps of another one.

    Attributes:
        id: of the data set.
        synthetic_of: key of the data set whose label maps are used.
        name: after DatasetXXX_; by default the source's and Synth.
        synthesis: settings, as in a settings file: `preset` and what differs from it.
        per_case: images of every label map.
        dim: whether a volume or every slice is an image of its own.
        seed: of everything random.
    """

    id: DatasetId
    synthetic_of: Name
    name: Name | None = None
    synthesis: Mapping[str, Any] = {}
    per_case: Whole = Field(1, ge=1)
    dim: Literal["2d", "3d"] = "3d"
    seed: Whole = Field(0, ge=0)


class RawData(_Strict):
    """A raw data set that is there.

    Attributes:
        raw: its id or name in nnUNet_raw, or its folder: a path with a / in it.
        same_patients_as: key of a data set in which the same names are the same patients, or `nobody`, as for
            `SpiderData`. One that `nnunet-spine convert` made has the patients of the folder that it was made of.
    """

    raw: Whole | str
    same_patients_as: Name | None = None


def _kind_of_data(value: Any) -> str:
    keys = value if isinstance(value, Mapping) else vars(value) if isinstance(value, BaseModel) else {}
    return next((key for key in ("synthetic_of", "raw") if key in keys), "spider")


Dataset = Annotated[
    Annotated[SpiderData, Tag("spider")]
    | Annotated[SyntheticData, Tag("synthetic_of")]
    | Annotated[RawData, Tag("raw")],
    Discriminator(_kind_of_data),
]


class Plan(_Strict):
    """What is asked of nnU-Net's planning; without anything it is nnU-Net's own plan.

    Attributes:
        target_spacing_mm: spacing to train at, in the order of nnUNetv2_plan_experiment -overwrite_target_spacing: that
            of the arrays, in data of `nnunet-spine convert` superior, anterior, right. nnU-Net cuts slices across the
            axis of the largest of them, so for sagittal ones the last must be larger than the others.
        gpu_memory_gb: -gpu_memory_target.
        planner: -pl, such as nnUNetPlannerResEncM.
        batch_size: in place of the planned one.
        patch_size: in place of the planned one, in voxels, each a multiple of what the network divides by.
    """

    target_spacing_mm: Annotated[tuple[Positive, ...], Field(min_length=3, max_length=3)] | None = None
    gpu_memory_gb: Number | None = Field(None, gt=0)
    planner: str | None = None
    batch_size: Whole | None = Field(None, ge=1)
    patch_size: tuple[Annotated[Whole, Field(ge=1)], ...] | None = None


class Arm(_Strict):
    """One way of training.

    Attributes:
        trainer: name of nnU-Net's trainer; for an arm with `after` by default that of `nnunet-spine finetune`.
        dataset: key of the data set that is trained on.
        plans: key of the plan; nnU-Net's own without.
        configuration: nnU-Net's.
        patients: numbers of the fold's training patients to train on, a training each; all without. 0, with `after`, is
            the earlier arm as it is.
        synthesis: settings of synthesis, for a trainer that synthesises: `preset` and what differs from it, or from
            the trainer's own.
        priors: `fitted` fits intensities to the fold's real training images first, for a trainer that synthesises; one
            of SynthSpineFitted does not need it to be said.
        after: arm whose weights the training begins with.
        average: share of the weights after in the average with those before, which is tested then.
        tests: keys of the tests; all without.
    """

    dataset: Name
    trainer: str | None = None
    plans: Name | None = None
    configuration: str = "2d"
    patients: Annotated[tuple[Annotated[Whole, Field(ge=0)], ...], Several] = ()
    synthesis: Mapping[str, Any] = {}
    priors: Literal["fitted"] | None = None
    after: ArmName | None = None
    average: Number | None = Field(None, ge=0, le=1)
    tests: Annotated[tuple[Name, ...], Several] | None = None


class Test(_Strict):
    """Images that every model is tested on; of each fold only patients that were not trained on.

    Attributes:
        dataset: key of the data set.
        sequences: of it; all without.
        slices: `all`, or a selection of each volume's slices (`nnunet-spine evaluate --slices`).
        conditions: levels of test conditions (`nnunet-spine degrade`) beside the images as acquired; in place of the
            experiment's. Synthetic images have none: they are a condition themselves.
        gradings: SPIDER's radiological_gradings.csv.
    """

    dataset: Name
    sequences: Annotated[tuple[str, ...], Several] = ()
    slices: Annotated[tuple[str, ...], Several] = ("all",)
    conditions: Mapping[str, Annotated[tuple[Number, ...], Several]] | None = None
    gradings: Path | None = None


class Needs(_Strict):
    """What a job of a kind is given; what is not said is a default of the kind."""

    cores: Whole | None = Field(None, ge=1)
    memory_gb: Number | None = Field(None, gt=0)
    hours: Number | None = Field(None, gt=0)


class Experiment(_Strict):
    """A whole experiment.

    Attributes:
        name: also of its folder in the workspace.
        question: what it answers, in a sentence.
        requires: data, GPU hours and disk that it needs, in words.
        datasets: by their keys.
        plans: by their keys.
        arms: by their names, in the order of tables and figures.
        baseline: arm that the others are measured against.
        steps: whether every arm is measured against the one before it too.
        folds: that are trained.
        seeds: every training is made once with each.
        budget: suffix for all trainers whose names do not say how long they train, such as `20x50iter` or `100epochs`.
        tests: by their keys.
        conditions: of all tests of real images.
        resources: by kind of job.
    """

    name: Name
    question: str
    requires: str
    datasets: Mapping[Name, Dataset] = Field(min_length=1)
    plans: Mapping[Name, Plan] = {}
    arms: Mapping[ArmName, Arm] = Field(min_length=1)
    baseline: ArmName | None = None
    steps: bool = False
    folds: Annotated[tuple[Annotated[Whole, Field(ge=0)], ...], Several] = (0, 1, 2, 3, 4)
    seeds: Annotated[tuple[Annotated[Whole, Field(ge=0)], ...], Several] = (0,)
    budget: str | None = None
    tests: Mapping[Name, Test] = Field(min_length=1)
    conditions: Mapping[str, Annotated[tuple[Number, ...], Several]] = {}
    resources: Mapping[str, Needs] = {}
