"""The studies of the folder experiments: what they say, and each from data to report in miniature, in one workspace."""

from __future__ import annotations

import math
import re
import shutil
from itertools import pairwise, product
from pathlib import Path

import pytest
import torch

from nnunet_spine.cli import main
from nnunet_spine.comparison.reading.collect import Collection, collect
from nnunet_spine.evaluation.records import AS_ACQUIRED
from nnunet_spine.experiments.checks import check_experiment
from nnunet_spine.experiments.engine.results import REPORT, comparison, gather_results
from nnunet_spine.experiments.engine.states import Watch
from nnunet_spine.experiments.graph import build_graph
from nnunet_spine.experiments.miniature import miniature
from nnunet_spine.experiments.nodes import Graph
from nnunet_spine.experiments.reading import read_experiment
from nnunet_spine.experiments.schema import Experiment, SyntheticData
from nnunet_spine.experiments.workspace import Workspace
from nnunet_spine.synth.config import PRESETS
from nnunet_spine.synth.config.plain import differences, from_dict, to_dict

from .in_process import run_graph

FOLDER = Path(__file__).resolve().parents[2] / "experiments"
STUDIES = sorted(path.stem for path in FOLDER.glob("*.yaml"))

LADDER = {
    "+ regions": ("regions.", "intensity.unlabelled", "intensity.level_spread", "intensity.region_spread"),
    "+ curve": ("regions.", "intensity."),
    "+ parts": ("parts.",),
    "+ texture": ("intensity.std", "texture.", "trabecular.", "partial_volume."),
    "+ artefacts": (
        *("chemical_shift.", "flow_void.", "coil.", "bias.", "gamma.", "motion.", "pulsation.", "gibbs.", "wrap."),
        *("spikes.", "noise.", "normalise."),
    ),
    "+ resolution": ("resolution.",),
    "+ pathology": ("pathology.",),
    "+ fitted priors": (),
}
"""Beginnings of the settings that each step of reality_gap.yaml changes."""


@pytest.fixture(autouse=True)
def _spider(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SPIDER", str(tmp_path))


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Of all miniatures, which share what they have in common."""
    return Workspace(tmp_path_factory.mktemp("studies"))


@pytest.fixture
def _one_thread() -> None:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def read(study: str) -> Experiment:
    return read_experiment(FOLDER / f"{study}.yaml")


@pytest.mark.parametrize("study", STUDIES)
def test_a_study_says_what_it_answers_and_needs(study: str):
    experiment, text = read(study), (FOLDER / f"{study}.yaml").read_text()
    assert experiment.name == study
    assert experiment.question.endswith("?")
    assert "Estimates: " in experiment.requires
    assert "GPU hours" in experiment.requires
    assert "GB" in experiment.requires
    assert "# Question: " in text.partition("\n\n")[0]
    assert "# Needs: " in text.partition("\n\n")[0]


def test_data_of_one_name_are_the_same_in_all_studies():
    """So that studies in one workspace share them, and everything made of them."""
    known = {}
    for dataset in (dataset for study in STUDIES for dataset in read(study).datasets.values()):
        assert known.setdefault(dataset.id, dataset) == dataset
    assert len({dataset.name for dataset in known.values()}) == len(known)


def test_each_step_of_the_ladder_adds_what_it_is_named_after():
    arms = {name: arm for name, arm in read("reality_gap").arms.items() if arm.synthesis}
    assert list(arms) == ["report's preset", *LADDER]
    settings = {name: to_dict(from_dict(arm.synthesis)) for name, arm in arms.items()}
    assert settings["report's preset"] == to_dict(PRESETS["report"])
    for before, after in pairwise(arms):
        changed = [line.partition(":")[0] for line in differences(settings[before], settings[after])]
        assert all(key.startswith(LADDER[after]) for key in changed), changed
        assert bool(changed) == bool(LADDER[after])
        assert (arms[before].priors != arms[after].priors) == (after == "+ fitted priors")
        assert {arms[before].trainer, arms[before].dataset} == {arms[after].trainer, arms[after].dataset}


def test_the_last_step_is_the_preset_but_for_deformation():
    last = to_dict(from_dict(read("reality_gap").arms["+ pathology"].synthesis))
    changed = {line.partition(":")[0] for line in differences(last, to_dict(PRESETS["spine"]))}
    # Contrast is of real images only.
    left = {key for key in changed if not key.startswith("spatial.")}
    assert left == {"contrast.probability"}


def test_pathology_differs_in_lesions_alone():
    arms = read("pathology").arms
    for kind in ("synthetic", "mixed"):
        with_, without = arms[f"{kind}, with pathology"], arms[f"{kind}, without"]
        assert with_.model_copy(update={"synthesis": without.synthesis}) == without
        settings = to_dict(from_dict(without.synthesis))
        changed = [line.split(":")[0] for line in differences(settings, to_dict(PRESETS["spine"]))]
        assert changed == [f"pathology.{name}.probability" for name in settings["pathology"]]


def test_budgets_of_few_shot_are_equal():
    arms = read("few_shot").arms
    lengths = {
        name: int(re.search(r"_(\d+)epochs", arm.trainer)[1]) for name, arm in arms.items() if "_" in arm.trainer
    }
    pre_trained = int(read("few_shot").budget.removesuffix("epochs"))
    assert {pre_trained + lengths[name] for name, arm in arms.items() if arm.after} == {
        lengths["from scratch"],
        lengths["from scratch, all patients"],
    }


@pytest.mark.parametrize("study", STUDIES)
@pytest.mark.usefixtures("_one_thread")
def test_a_study_runs_to_its_report(study: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch):
    experiment = miniature(read(study), workspace.folder)
    check_experiment(experiment)
    graph = build_graph(experiment, workspace)
    run_graph(graph, workspace, monkeypatch)
    found = check_results(experiment, graph)
    if study.startswith("report"):
        check_same_patients(found)
    links = gather_results(graph, Watch(graph).look())
    assert main(["compare", *comparison(graph, links, links.values()), "--no-images"]) == 0
    assert (workspace.experiment(experiment.name) / REPORT / "index.html").stat().st_size > 100_000


def check_results(experiment: Experiment, graph: Graph) -> Collection:
    """Every arm has scores of all its tests, in the order of the file, and they are shares."""
    expected = expected_results(experiment)
    assert {id_ for id_, node in graph.nodes.items() if node.kind == "evaluate"} == graph.results.keys()
    files = [file for some in graph.results.values() for file in some]
    assert len(files) == len(set(files)) == len(expected)
    collection = collect(files)
    runs = collection.runs.fillna({"real_patients": -1, "level": -1})
    rows = zip(runs["series"], runs["real_patients"], runs["condition"], runs["level"], strict=True)
    assert [(*row,) for row in rows] == expected
    dice = collection.scores["dice"]
    assert dice.dropna().between(0, 1).all()
    # Every run has a value of every case for some structure at least.
    assert not dice.groupby([collection.scores["run"], collection.scores["case"]]).max().isna().any()
    return collection


def check_same_patients(collection: Collection) -> None:
    """Gap and shift are of the patients whom the fold left out: on synthetic images, T1 and T2 alike."""
    cases = collection.cases.merge(collection.runs[["run", "arm", "condition"]])
    patients = cases.groupby(["arm", "condition", "sequence"])["patient"].agg(frozenset)
    kinds = {("synthetic", "t1"), *((name, one) for name in (AS_ACQUIRED, "resolution") for one in ("t1", "t2"))}
    assert {key[1:] for key in patients.index} == kinds
    assert len(set(patients)) == 1


def expected_results(experiment: Experiment) -> list[tuple[str, float, str, float]]:
    """Arm, patients, condition and level of every file of results; -1 for none."""
    found = []
    for name, arm in experiment.arms.items():
        for patients, key in product(arm.patients or (-1,), arm.tests or experiment.tests):
            test = experiment.tests[key]
            synthetic = isinstance(experiment.datasets[test.dataset], SyntheticData)
            wanted = {} if synthetic else experiment.conditions if test.conditions is None else test.conditions
            conditions = [("synthetic" if synthetic else AS_ACQUIRED, -1.0)]
            conditions += [(condition, level) for condition, levels in wanted.items() for level in levels]
            for (condition, level), slices in product(conditions, test.slices):
                found.append((name, float(patients), condition_name(condition, slices), level))
    return found


def condition_name(condition: str, slices: str) -> str:
    """As `nnunet-spine evaluate --slices` has it, for images as acquired."""
    rule, _, width = slices.partition("=")
    return condition if slices == "all" else f"central {width} mm" if width else f"{rule} slices"


def test_the_command_makes_what_is_missing_of_a_miniature(workspace: Workspace, capfd: pytest.CaptureFixture[str]):
    """By Snakemake, a process a node: an arm that is not there any more is trained, predicted and scored again."""
    pytest.importorskip("snakemake")
    experiment = miniature(read("pathology"), workspace.folder)
    graph = build_graph(experiment, workspace)
    lost = [id_ for id_, node in graph.nodes.items() if "real, fold 0" in node.title]
    assert sorted(graph.nodes[id_].kind for id_ in lost) == ["evaluate", "predict", "train"]
    for id_ in lost:
        shutil.rmtree(workspace.node(id_).folder, ignore_errors=True)
        shutil.rmtree(graph.nodes[id_].training or workspace.node(id_).folder, ignore_errors=True)
    file = str(FOLDER / "pathology.yaml")
    assert main(["run", file, "--miniature", "--workspace", str(workspace.folder), "--cores", "2"]) == 0
    assert all(workspace.node(id_).done.exists() for id_ in graph.nodes)
    assert (workspace.experiment(experiment.name) / "report" / "index.html").is_file()
    assert "18 of 18 jobs done" in capfd.readouterr().out
    assert not math.isnan(collect([workspace.experiment(experiment.name) / "results"]).scores["dice"].max())


@pytest.mark.usefixtures("_one_thread")
def test_a_finished_workspace_may_be_moved(workspace: Workspace, monkeypatch: pytest.MonkeyPatch):
    """Nothing is made again but what is missing, out of what was made before."""
    experiment = miniature(read("pathology"), workspace.folder)
    before = build_graph(experiment, workspace)
    run_graph(before, workspace, monkeypatch)
    moved = Workspace(workspace.folder.rename(workspace.folder.with_name("moved")))
    try:
        graph = build_graph(miniature(read("pathology"), moved.folder), moved)
        assert graph.nodes.keys() == before.nodes.keys()
        assert all(moved.node(id_).done.exists() for id_ in graph.nodes)
        for id_ in graph.results:
            shutil.rmtree(moved.node(id_).folder)
        run_graph(graph, moved, monkeypatch)
        check_results(experiment, graph)
    finally:
        moved.folder.rename(workspace.folder)
    for id_ in graph.results:
        shutil.rmtree(workspace.node(id_).folder)


def test_the_page_says_how_many_trainings_are_shared(workspace: Workspace, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SPIDER", str(miniature(read("losses"), workspace.folder).datasets["train"].spider))
    graphs = [build_graph(read(study), workspace) for study in STUDIES]
    made = [id_ for graph in graphs for id_, node in graph.nodes.items() if node.kind in ("train", "finetune")]
    page = (FOLDER.parent / "docs" / "experiments.md").read_text(encoding="utf-8")
    assert f"{len(set(made))} trainings in place of {len(made)}" in page
