"""What a run would do, and at most cost: nothing is begun, nothing is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from nnunet_spine.experiments.checked import Checked
from nnunet_spine.experiments.engine.machine import on_this_machine, trainings_at_a_time
from nnunet_spine.experiments.engine.options import RunOptions
from nnunet_spine.experiments.engine.script import commands_of
from nnunet_spine.experiments.engine.states import Watch
from nnunet_spine.experiments.nodes import KINDS, Graph, Node
from nnunet_spine.experiments.schema import Experiment

_FIRST = 3


def dry_run(checked: Checked, options: RunOptions) -> list[str]:
    """Lines: arms with their trainings, tests with their patients, jobs by kind, limits of time, the first commands."""
    experiment, graph = checked.experiment, on_this_machine(checked.graph, options)
    states = Watch(graph).look()
    left = [node for id_, node in graph.nodes.items() if states[id_].status != "done"]
    return [
        f"{experiment.name}: {experiment.question}",
        f"needs: {experiment.requires}",
        "",
        *_arms(experiment),
        "",
        *_tests(experiment, checked.unseen),
        "",
        *_kinds(graph, left),
        "",
        *_limits(graph, left),
        *trainings_at_a_time(graph, options, [node.id for node in left]),
        "",
        *_first(graph, left, options),
    ]


def _arms(experiment: Experiment) -> list[str]:
    """A row for each arm, with what it trains on."""
    rows = [("arm", "data", "configuration", "patients", "trainings")]
    for name, arm in experiment.arms.items():
        sizes = arm.patients or ("all",)
        trained = sum(size != 0 for size in sizes) * len(experiment.folds) * len(experiment.seeds)
        patients = " ".join(map(str, sizes))
        after = f"{arm.dataset}, after {arm.after}" if arm.after else arm.dataset
        rows.append((name, after, arm.configuration, patients, str(trained)))
    folds, seeds = (" ".join(map(str, some)) for some in (experiment.folds, experiment.seeds))
    return [*_aligned(rows), f"folds {folds}; seeds {seeds}"]


def _tests(experiment: Experiment, unseen: Mapping[tuple[str, str], Mapping[int, int]]) -> list[str]:
    """A row for each test, with how many patients each fold has for it; several where arms differ."""
    arms: dict[tuple[str, tuple[int, ...]], list[str]] = {}
    for (arm, test), numbers in unseen.items():
        arms.setdefault((test, tuple(numbers.values())), []).append(arm)
    rows = [
        (test, " ".join(map(str, numbers)), "all arms" if len(names) == len(experiment.arms) else ", ".join(names))
        for (test, numbers), names in sorted(arms.items(), key=lambda entry: list(experiment.tests).index(entry[0][0]))
    ]
    return _aligned([("test", "patients of each fold", ""), *rows])


def _kinds(graph: Graph, left: Sequence[Node]) -> list[str]:
    """A row for each kind of job, with what a job is given."""
    all_, to_do = Counter(node.kind for node in graph.nodes.values()), Counter(node.kind for node in left)
    rows = [("jobs", "all", "done", "left", "each at most")]
    for kind in KINDS:
        if kind in all_:
            need = graph.needs[kind]
            gpu = f", {need.gpus} GPU" if need.gpus else ""
            given = f"{need.cores} cores{gpu}, {need.memory_gb:g} GB, {need.hours:g} h"
            rows.append((kind, str(all_[kind]), str(all_[kind] - to_do[kind]), str(to_do[kind]), given))
    total = len(graph.nodes)
    return _aligned([*rows, ("total", str(total), str(total - len(left)), str(len(left)), "")])


def _limits(graph: Graph, left: Sequence[Node]) -> list[str]:
    needs = [graph.needs[node.kind] for node in left]
    gpu_hours = sum(need.gpus * need.hours for need in needs)
    core_hours = sum(need.cores * need.hours for need in needs)
    on_gpus = f"{gpu_hours:,.0f} GPU hours, " if gpu_hours else ""
    return [f"Limits, not expectations, of what is left: {on_gpus}{core_hours:,.0f} core hours."]


def _first(graph: Graph, left: Sequence[Node], options: RunOptions) -> list[str]:
    """The first commands, without their variables."""
    if not left:
        return ["All is made; a run would write the report."]
    lines = [line for node in left[:_FIRST] for line in (f"# {node.title}", *commands_of(graph, node, options))]
    more = len(left) - _FIRST
    return [
        "First:",
        *lines,
        *([f"... and {more} jobs more (all commands, with their variables: --dry-run --commands)"] if more > 0 else []),
    ]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
