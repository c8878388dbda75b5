"""A data set planned and preprocessed, for one plan and configuration."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnunet_spine.experiments.graph.building import Building, without_none
from nnunet_spine.experiments.graph.data import Data, own_variables
from nnunet_spine.experiments.graph.splits import splits_command
from nnunet_spine.experiments.nodes import CORES, Command, Node, address
from nnunet_spine.experiments.schema import Plan

DEFAULT_PLANS = "nnUNetPlans"


@dataclass(frozen=True)
class Prepared:
    """A preprocessed data set.

    Attributes:
        data: the raw one.
        node: id of the node that makes it.
        preprocessed: nnUNet_preprocessed that it is in.
        plans: name of its plans.
        configuration: nnU-Net's.
    """

    data: Data
    node: str
    preprocessed: Path
    plans: str
    configuration: str

    @property
    def folder(self) -> Path:
        """Its folder, with plans and splits."""
        return self.preprocessed / self.data.name


def preprocess(building: Building, data: Data, plan: str | None, configuration: str) -> Prepared:
    """The node, and what it makes.

    Args:
        building: the graph.
        data: to preprocess.
        plan: key of the plan; None for nnU-Net's own.
        configuration: nnU-Net's.
    """
    asked = building.experiment.plans[plan] if plan is not None else Plan()
    changes = without_none(asked.model_dump(mode="json"))
    plans = plans_name(plan) if changes else DEFAULT_PLANS
    # The name is part of what is made: of file names, and of the plans themselves.
    settings = {"data": dict(data.settings), "plans": plans, "changes": changes, "configuration": configuration}
    node = building.folder(address("preprocess", settings, data.needs))
    prepared = Prepared(data, node.folder.name, node.preprocessed, plans, configuration)
    building.add(
        Node(
            kind="preprocess",
            title=f"preprocess {data.name}, {configuration}" + (f", plan {plan}" if changes else ""),
            settings=settings,
            needs=data.needs,
            commands=_commands(prepared, asked, own_variables(node, data.raw)),
            results=tuple(str(prepared.folder / name) for name in (f"{plans}.json", "splits_final.json")),
        )
    )
    return prepared


def plans_name(key: str) -> str:
    """Name of the plans of a key, such as nnUNetPlansCoarse; so another key is another training, in another folder."""
    return DEFAULT_PLANS + key[:1].upper() + key[1:]


def _commands(prepared: Prepared, asked: Plan, environment: dict[str, str]) -> tuple[Command, ...]:
    number = str(prepared.data.id)
    # Planning asks torch for as many threads as there are workers of augmentation, of which there may be 0.
    environment = {**environment, "nnUNet_n_proc_DA": "1"}
    fingerprint = ("nnUNetv2_extract_fingerprint", "-d", number, "-np", CORES, "--verify_dataset_integrity", "--clean")
    plan = ("nnUNetv2_plan_experiment", "-d", number, *_options(asked), "-overwrite_plans_name", prepared.plans)
    work = ("-plans_name", prepared.plans, "-c", prepared.configuration, "-np", CORES)
    return (
        splits_command(prepared.data, prepared.preprocessed, environment),
        Command(fingerprint, environment),
        Command(plan, environment),
        *(Command(words, environment) for words in _override(prepared, asked)),
        Command(("nnUNetv2_preprocess", "-d", number, *work), environment),
    )


def _options(asked: Plan) -> tuple[str, ...]:
    options: list[str] = ["-pl", asked.planner] if asked.planner else []
    options += ["-gpu_memory_target", f"{asked.gpu_memory_gb:g}"] if asked.gpu_memory_gb else []
    options += ["-overwrite_target_spacing", *map(_number, asked.target_spacing_mm)] if asked.target_spacing_mm else []
    return tuple(options)


def _override(prepared: Prepared, asked: Plan) -> list[tuple[str, ...]]:
    """The command that changes a plan in what nnU-Net's planning has no option for, if anything is to be changed."""
    changes: list[str] = ["--batch-size", str(asked.batch_size)] if asked.batch_size else []
    changes += ["--patch-size", *map(str, asked.patch_size)] if asked.patch_size else []
    file = str(prepared.folder / f"{prepared.plans}.json")
    return [("python", "-m", "nnunet_spine.steps.plan", file, prepared.configuration, *changes)] if changes else []


def _number(value: Any) -> str:
    return repr(float(value))
