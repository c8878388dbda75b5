"""Time of what comes before and around the jobs of a large experiment: graph, Snakemake's dry run, a job's start.

The experiment has arms x folds x seeds trainings, each with a prediction and an evaluation, on a data set of empty
files; nothing of it is run. Snakemake plans our workflow, on one machine and in batches as for SLURM, and a bare one of
the same jobs: rules with `touch`, and nothing of ours. Rows in turns, processor time.

    python benchmarks/experiments.py [--trainings 1500] [--draws 3] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median

from nnunet_spine.experiments.engine import snakemake
from nnunet_spine.experiments.engine.options import RunOptions
from nnunet_spine.experiments.engine.slurm import batches, sizes_of_batches
from nnunet_spine.experiments.engine.states import Watch
from nnunet_spine.experiments.graph import build_graph
from nnunet_spine.experiments.nodes import Graph
from nnunet_spine.experiments.schema import Arm, Experiment, RawData, Test
from nnunet_spine.experiments.workspace import Workspace

PATIENTS, FOLDS, ARMS = 218, 5, 30
"""As many patients as SPIDER has."""

BARE = """
import json
NEEDS = json.load(open("needs.json"))

rule everything:
    input: ["made/" + name for name in NEEDS]

for kind in sorted({name.split("-")[0] for name in NEEDS}):
    rule:
        name: kind
        input: lambda wildcards: ["made/" + need for need in NEEDS[wildcards.id]]
        output: "made/{id,%s-[0-9a-f]+}" % kind
        shell: "touch {output}"
"""

BUILD, STATES = "graph", "state of every job"
OURS, BATCHED, THE_BARE = "Snakemake's dry run", "Snakemake's dry run, in batches", "Snakemake's dry run, bare"
JOB, PYTHON = "a job that finds its node done", "python -c pass"


def main(words: Sequence[str] | None = None) -> int:
    """Measure and print."""
    args = parse(words)
    with tempfile.TemporaryDirectory() as name:
        experiment = large(Path(name), args.trainings)
        graph = build_graph(experiment, Workspace(Path(name) / "workspace"))
        seconds = measure(steps(experiment, graph, Path(name)), args.draws)
    print("\n".join(table(seconds, len(graph.nodes))))
    if args.json:
        args.json.write_text(json.dumps({"jobs": len(graph.nodes), "seconds": seconds}, indent=2) + "\n")
    return 0


def parse(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trainings", type=int, default=1500, help="of which each is about three jobs (1500)")
    parser.add_argument("--draws", type=int, default=3, help="draws of each row (3)")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    args = parser.parse_args(words)
    if min(args.trainings, args.draws) < 1:
        parser.error(f"expected 1 training and 1 draw at least, got {args.trainings} and {args.draws}")
    return args


def large(folder: Path, trainings: int) -> Experiment:
    """An experiment of about as many trainings, on a data set of empty files."""
    raw = folder / "Dataset501_Many"
    for i in range(PATIENTS):
        for file in (f"imagesTr/{i}_t1_0000", f"labelsTr/{i}_t1"):
            (raw / file).parent.mkdir(parents=True, exist_ok=True)
            (raw / f"{file}.nii.gz").touch()
    labels = {"background": 0, "vertebrae": 1, "canal": 2, "discs": 3}
    about = {"channel_names": {"0": "MRI"}, "labels": labels, "file_ending": ".nii.gz", "numTraining": PATIENTS}
    (raw / "dataset.json").write_text(json.dumps(about))
    arms = min(ARMS, -(-trainings // FOLDS))
    return Experiment(
        name="large",
        question="How long does it take until the first job?",
        requires="nothing",
        datasets={"many": RawData(raw=str(raw))},
        arms={f"arm {i}": Arm(dataset="many", trainer=f"nnUNetTrainer_{i + 2}epochs") for i in range(arms)},
        folds=tuple(range(FOLDS)),
        seeds=tuple(range(-(-trainings // (arms * FOLDS)))),
        tests={"same": Test(dataset="many")},
    )


def steps(experiment: Experiment, graph: Graph, folder: Path) -> dict[str, Callable[[], object]]:
    """What is measured, by row."""
    ours = _ours(graph)
    return {
        BUILD: lambda: build_graph(experiment, Workspace(graph.workspace)),
        STATES: lambda: Watch(graph).look(),
        OURS: lambda: _run(ours),
        BATCHED: lambda: _run([*ours, *_in_batches(graph, folder)]),
        THE_BARE: lambda: _run(_bare(graph, folder)),
        JOB: lambda: _run(_job(graph)),
        PYTHON: lambda: _run([sys.executable, "-c", "pass"]),
    }


def _ours(graph: Graph) -> list[str]:
    options = RunOptions(1)
    snakemake.prepare(graph, options, list(graph.nodes))
    return [*snakemake.command(graph, options), "--dry-run", "--quiet"]


def _in_batches(graph: Graph, folder: Path) -> list[str]:
    config = folder / "batches.json"
    said = {"graph": str(_file(graph)), "gpus": "given", "targets": list(graph.nodes), "batches": batches(graph)}
    config.write_text(json.dumps(said))
    return ["--configfile", str(config), *sizes_of_batches(graph)]


def _bare(graph: Graph, folder: Path) -> list[str]:
    bare = folder / "bare"
    bare.mkdir(exist_ok=True)
    (bare / "Snakefile").write_text(BARE)
    (bare / "needs.json").write_text(json.dumps({id_: list(node.needs) for id_, node in graph.nodes.items()}))
    words = [sys.executable, "-m", "snakemake", "--directory", str(bare), "--snakefile", str(bare / "Snakefile")]
    return [*words, "--scheduler", "greedy", "--cores", "1", "--dry-run", "--quiet"]


def _job(graph: Graph) -> list[str]:
    first = next(iter(graph.nodes))
    done = Workspace(graph.workspace).node(first).done
    done.parent.mkdir(parents=True, exist_ok=True)
    done.write_text("{}")
    return [sys.executable, "-m", "nnunet_spine.experiments.job", str(_file(graph)), first]


def _file(graph: Graph) -> Path:
    return Workspace(graph.workspace).experiment(graph.experiment) / snakemake.GRAPH


def _run(words: list[str]) -> None:
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


def measure(rows: Mapping[str, Callable[[], object]], draws: int) -> dict[str, float]:
    """Median seconds of processor time, of this process and of those that it starts."""
    seconds = {row: [] for row in rows}
    for _ in range(draws):
        for row, step in rows.items():
            begun = os.times()[:4]
            step()
            seconds[row].append(sum(os.times()[:4]) - sum(begun))
    return {row: median(each) for row, each in seconds.items()}


def table(seconds: Mapping[str, float], jobs: int) -> list[str]:
    """Rows, with times of the bare Snakemake."""
    rows = (f"| {row} | {s:.2f} | {s / seconds[THE_BARE]:.2f} |" for row, s in seconds.items())
    return [f"{jobs} jobs", "", "| row | s | x bare |", "|---|---|---|", *rows]


if __name__ == "__main__":
    sys.exit(main())
