"""The graph of an experiment: what is made once, what a change makes anew, and commands that can be typed."""

from __future__ import annotations

import argparse
import json
import re
import shlex
import shutil
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from nnunet_spine.cli import build_parser
from nnunet_spine.experiments.graph import build_graph
from nnunet_spine.experiments.nodes import CORES, DEVICE, Graph, read_graph
from nnunet_spine.experiments.schema import Experiment
from nnunet_spine.experiments.workspace import Workspace

TEXT = """\
name: study
question: Which?
requires: nothing
budget: 2x3iter
folds: [0, 1]
datasets:
  real: {id: 501, spider: SPIDER, sequences: t1}
  other: {id: 502, spider: SPIDER, sequences: t2}
  synth: {id: 503, synthetic_of: real}
plans:
  coarse: {target_spacing_mm: [1, 1, 4], batch_size: 2, patch_size: [64, 64]}
arms:
  real: {dataset: real, trainer: nnUNetTrainer, plans: coarse}
  synthetic: {dataset: real, trainer: nnUNetTrainerSynthSpine, plans: coarse}
  images: {dataset: synth, trainer: nnUNetTrainer, tests: held_out}
  fitted: {dataset: synth, trainer: nnUNetTrainerSynthSpine, priors: fitted, tests: held_out}
  few: {dataset: other, after: synthetic, patients: [0, 1], tests: held_out}
  "few, averaged": {dataset: other, after: synthetic, patients: 1, average: 0.3, tests: held_out}
tests:
  held_out: {dataset: other, slices: [all, complete]}
  shifted: {dataset: real, conditions: {noise: 0.1}}
conditions: {resolution: [2], "slice thickness": 2}
"""
Changes = Mapping[str, Any]


def merged(base: Any, changes: Any) -> Any:
    if not (isinstance(base, dict) and isinstance(changes, dict)):
        return changes
    return {key: merged(base.get(key), changes[key]) if key in changes else base[key] for key in {**base, **changes}}


Build = Callable[..., Graph]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """The graph of the experiment with changes, in YAML, in a workspace."""
    spider = tmp_path / "spider"
    for folder in ("images", "masks"):
        (spider / folder).mkdir(parents=True)
        for case in ("1_t1", "1_t2"):
            (spider / folder / f"{case}.mha").write_text(case)
    (spider / "overview.csv").write_text("new_file_name,subset\n")

    def make(changes: str = "", workspace: str = "workspace") -> Graph:
        content = merged(yaml.safe_load(TEXT.replace("SPIDER", str(spider))), yaml.safe_load(changes) or {})
        return build_graph(Experiment.model_validate(content), Workspace(tmp_path / workspace))

    return make


def kinds(graph: Graph, ids: Any) -> dict[str, int]:
    return dict(Counter(graph.nodes[id_].kind for id_ in ids))


def test_what_arms_and_folds_share_is_one_node(build: Build):
    graph = build()
    assert kinds(graph, graph.nodes) == {
        "convert": 2,
        "synthesize": 1,
        "degrade": 3,
        "priors": 2,
        "preprocess": 3,  # of real as planned, of synth, and of other with the plans of synthetic
        "train": 8,
        "finetune": 2,  # that of one patient, whether it is averaged or not
        "average": 2,
        "predict": 44,  # few with 0 patients is synthetic as it is
        "evaluate": 50,
    }


def test_every_node_comes_after_those_that_it_needs(build: Build):
    seen: set[str] = set()
    for id_, node in build().nodes.items():
        assert set(node.needs) <= seen, node.title
        assert id_ == node.id
        seen.add(id_)


def test_a_node_needs_all_whose_folders_it_reads(build: Build):
    """Any of them may be deleted to save space: what needs it has it made again."""
    graph = build()
    for id_, node in graph.nodes.items():
        text = [*node.files.values(), *(w for c in node.commands for w in (*c.words, *c.variables.values()))]
        named = {found for word in text for found in re.findall(r"nodes/([a-z]+-[0-9a-f]{16})", word)}
        assert named <= {id_, *node.needs}, node.title


def test_folds_of_a_training_lie_together_and_trainings_apart(build: Build):
    graph = build("{seeds: [0, 1]}")
    folders = [Path(node.training) for node in graph.nodes.values() if node.training]
    assert len(set(folders)) == len(folders) == 2 * 10
    assert {folder.name for folder in folders} == {"fold_0", "fold_1"}
    assert len({folder.parent for folder in folders}) == 10


def test_nothing_of_the_workspace_is_in_an_id(build: Build):
    assert list(build().nodes) == list(build(workspace="somewhere/else").nodes)


def test_an_experiment_finds_what_another_one_made(build: Build):
    mine, other = build(), build("{name: other, arms: {few: {patients: [0, 1, 5]}}}")
    assert kinds(other, other.nodes.keys() - mine.nodes.keys()) == {"finetune": 2, "predict": 6, "evaluate": 6}
    assert not mine.nodes.keys() - other.nodes.keys()


TRAININGS = {"train": 8, "finetune": 2, "average": 2, "predict": 44, "evaluate": 50}
SYNTHETIC = {"train": 2, "finetune": 2, "average": 2, "predict": 22, "evaluate": 28}
"""The arm synthetic and what comes after it."""


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ("{name: b, question: Why, requires: much, resources: {train: {cores: 2, hours: 1}}}", {}),
        ("{tests: {held_out: {slices: all}}}", {"evaluate": 42}),
        ("{conditions: {resolution: [3]}}", {"degrade": 1, "predict": 12, "evaluate": 14}),
        ("{conditions: {resolution: [2, 3]}}", {"degrade": 1, "predict": 12, "evaluate": 14}),
        ("{tests: {t2: {dataset: other, sequences: t2}}}", {"predict": 12, "evaluate": 12}),
        ("{tests: {shifted: {conditions: {noise: 0.2}}}}", {"degrade": 1, "predict": 4, "evaluate": 4}),
        ("{arms: {real: {synthesis: {}}}}", {}),
        ("{arms: {synthetic: {synthesis: {preset: strong}}}}", SYNTHETIC),
        ("{arms: {synthetic: {synthesis: {preset: spine}}}}", {}),
        ("{arms: {fitted: {synthesis: {preset: strong}}}}", {"train": 2, "predict": 6, "evaluate": 6}),
        ('{arms: {"few, averaged": {average: 0.4}}}', {"average": 2, "predict": 6, "evaluate": 6}),
        ("{arms: {few: {patients: [0, 2]}}}", {"finetune": 2, "predict": 6, "evaluate": 6}),
        ("{budget: 3x3iter}", TRAININGS),
        ("{seeds: 1}", TRAININGS),
        (
            "{plans: {coarse: {batch_size: 3}}}",
            SYNTHETIC | {"preprocess": 2, "train": 4, "predict": 32, "evaluate": 38},
        ),
        (
            "{datasets: {synth: {seed: 1}}}",
            {"synthesize": 1, "preprocess": 1, "train": 4, "predict": 12, "evaluate": 12},
        ),
        (
            "{datasets: {other: {trim_slices: true}}}",
            {"convert": 1, "degrade": 2, "preprocess": 1, "finetune": 2, "average": 2, "predict": 36, "evaluate": 42},
        ),
    ],
)
def test_a_change_makes_anew_what_depends_on_it_and_nothing_else(build: Build, changes: str, expected: Changes):
    graph, before = build(changes), build()
    assert kinds(graph, graph.nodes.keys() - before.nodes.keys()) == expected


@pytest.mark.parametrize(
    ("name", "content", "again"),
    [
        ("images/1_t1.mha", "another image", ["Dataset501_SpineSPIDER4"]),
        ("masks/1_t2.mha", "another mask", ["Dataset502_SpineSPIDER4"]),
        ("overview.csv", "new_file_name,subset\n1_t1,training\n", ["Dataset501_SpineSPIDER4"]),
        ("overview.csv", "new_file_name,subset\n7_t1,validation\n", []),
        ("images/notes.txt", "for us", []),
        ("images/1_t2_SPACE.mha", "a sequence that none has", []),
        ("README", "", []),
    ],
)
def test_files_that_a_conversion_reads_decide(build: Build, tmp_path: Path, name: str, content: str, again: list[str]):
    before = build()
    (tmp_path / "spider" / name).write_text(content)
    graph = build()
    new = {graph.nodes[id_].title for id_ in graph.nodes.keys() - before.nodes.keys()}
    assert [title for title in sorted(new) if title.startswith("convert")] == [f"convert {name}" for name in again]
    assert bool(new) == bool(again)


def test_a_copy_of_the_data_that_keeps_their_times_is_the_same(build: Build, tmp_path: Path):
    before = build()
    shutil.copytree(tmp_path / "spider", tmp_path / "copy")
    other = {key: {"spider": str(tmp_path / "copy")} for key in ("real", "other")}
    assert list(build(json.dumps({"datasets": other})).nodes) == list(before.nodes)


def test_what_nnunet_reads_of_a_raw_data_set_decides(build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("nnUNet_preprocessed", str(tmp_path / "preprocessed"))
    raw = tmp_path / "raw/Dataset007_Hospital"
    files = {f"{folder}/{case}": case for folder in ("imagesTr", "labelsTr") for case in ("1_t1", "2_t1")}
    for name, case in files.items():
        (raw / name).parent.mkdir(parents=True, exist_ok=True)
        (raw / (f"{name}_0000.nii.gz" if "images" in name else f"{name}.nii.gz")).write_text(case)
    description = {"channel_names": {"0": "MRI"}, "labels": {"background": 0, "a": 1}, "file_ending": ".nii.gz"}
    (raw / "dataset.json").write_text(json.dumps(description))

    def id_of_preprocessing() -> str:
        graph = build(f"{{datasets: {{hospital: {{raw: {raw}}}}}, arms: {{real: {{dataset: hospital}}}}}}")
        (node,) = [node for node in graph.nodes.values() if node.title.startswith("preprocess Dataset007")]
        return node.id

    ids = [id_of_preprocessing()]
    for name in ("imagesTr/notes.txt", "README", "labelsTs/8_t1.nii.gz"):
        (raw / name).parent.mkdir(exist_ok=True)
        (raw / name).write_text("something else")
        assert id_of_preprocessing() == ids[0], name
    for path in (raw / "labelsTr/2_t1.nii.gz", raw / "splits_final.json", tmp_path / "preprocessed" / raw.name):
        if path.name == raw.name:
            path.mkdir(parents=True)
            path /= "splits_final.json"
        path.write_text(json.dumps([{"train": ["1_t1"], "val": ["2_t1"]}] * (1 + len(ids))))
        ids.append(id_of_preprocessing())
    assert len(set(ids)) == len(ids) == 4


def test_priors_are_fitted_to_the_patients_that_are_trained_on(build: Build):
    few = (
        "{arms: {fitted: {patients: [1, 5]}, named: {trainer: nnUNetTrainerSynthSpineFitted_5patients, dataset: real}}}"
    )
    words = [words for node in build(few).nodes.values() if node.kind == "priors" for words in node.commands[-1:]]
    given = [command.words[command.words.index("--fold") + 1 :] for command in words]
    numbers = sorted((fold, words[words.index("--patients") + 1]) for fold, *words in given)
    assert numbers == [("0", "1"), ("0", "5"), ("1", "1"), ("1", "5")]  # of real by both arms


def test_a_changed_default_of_a_preset_trains_again(build: Build, monkeypatch: pytest.MonkeyPatch):
    from nnunet_spine.synth.config import plain

    before = build()
    monkeypatch.setitem(plain.PRESETS, "spine", plain.PRESETS["strong"])
    graph = build()
    assert {"train", "synthesize"} <= kinds(graph, graph.nodes.keys() - before.nodes.keys()).keys()
    same = [node.title for id_, node in graph.nodes.items() if id_ in before.nodes and node.kind == "train"]
    assert same == ["train real, fold 0, seed 0", "train real, fold 1, seed 0"]


def test_a_key_of_a_plan_without_changes_is_nnunets_own_plan(build: Build):
    graph = build("{plans: {own: {}}, arms: {images: {plans: own}}}")
    assert list(graph.nodes) == list(build().nodes)
    commands = [command.words for node in graph.nodes.values() for command in node.commands]
    plans = {words[-1] for words in commands if words[0] == "nnUNetv2_plan_experiment"}
    assert plans == {"nnUNetPlans", "nnUNetPlansCoarse"}


def of_kind(graph: Graph, kind: str, title: str) -> list[str]:
    (node,) = [node for node in graph.nodes.values() if node.kind == kind and title in node.title]
    return [word for command in node.commands for word in command.words]


@pytest.mark.parametrize(
    ("title", "seen"),
    [
        ("real, fold 0, seed 0, shifted, as acquired", ["Dataset501_SpineSPIDER4"]),
        ("real, fold 0, seed 0, held_out, as acquired", ["Dataset501_SpineSPIDER4"]),  # of the same folder
        ("images, fold 0, seed 0, held_out, as acquired", ["Dataset503_SpineSPIDER4Synth"]),
        (
            "few, 1 patient, fold 0, seed 0, held_out, as acquired",
            ["Dataset501_SpineSPIDER4", "Dataset502_SpineSPIDER4"],
        ),
    ],
)
def test_patients_are_left_out_that_any_of_the_trainings_saw(build: Build, title: str, seen: list[str]):
    words = of_kind(build(), "predict", title)
    raw = [words[i + 2] for i, word in enumerate(words) if word == "--trained-on"]
    assert [Path(folder).name for folder in raw] == seen


def test_patients_of_another_source_are_others(build: Build, tmp_path: Path):
    raw = tmp_path / "raw/Dataset007_Hospital"
    raw.mkdir(parents=True)
    description = {"channel_names": {"0": "MRI"}, "labels": {"background": 0, "a": 1}, "file_ending": ".nii.gz"}
    (raw / "dataset.json").write_text(json.dumps(description))

    def words(more: str = "") -> list[str]:
        graph = build(f"{{datasets: {{hospital: {{raw: {raw}{more}}}}}, tests: {{held_out: {{dataset: hospital}}}}}}")
        return of_kind(graph, "predict", "real, fold 0, seed 0, held_out, as acquired")

    assert "--trained-on" not in words()
    assert "--trained-on" not in words(", same_patients_as: nobody")
    assert "--trained-on" in words(", same_patients_as: synth")
    (raw / "manifest.json").write_text(json.dumps({"source": "/clinic", "cases": []}))  # nnunet-spine convert made it
    assert "--trained-on" not in words()
    (raw / "manifest.json").write_text(json.dumps({"source": str(tmp_path / "spider"), "cases": []}))
    assert "--trained-on" in words()


def test_a_number_is_another_patient_in_another_folder_of_spiders_layout(build: Build, tmp_path: Path):
    shutil.copytree(tmp_path / "spider", tmp_path / "clinic")
    (tmp_path / "link").symlink_to(tmp_path / "spider")

    def words(folder: str, more: str = "") -> list[str]:
        graph = build(f"datasets: {{other: {{spider: {tmp_path / folder}{more}}}}}")
        return of_kind(graph, "predict", "real, fold 0, seed 0, held_out, as acquired")

    assert "--trained-on" not in words("clinic")
    assert "--trained-on" in words("clinic", ", same_patients_as: real")
    assert "--trained-on" in words("link")


def test_results_are_named_so_that_a_person_understands_them(build: Build):
    names = [Path(file).name for files in build().results.values() for file in files]
    assert "real_fold0_seed0_held_out_as_acquired.jsonl" in names
    assert "few_averaged_1patients_fold1_seed0_held_out_slice_thickness_2_complete.jsonl" in names
    assert len(set(names)) == len(names)


def test_results_are_in_the_order_of_the_arms_and_what_the_report_asks_is_known(build: Build):
    graph = build("{baseline: real, steps: true}")
    arms = [graph.nodes[id_].settings["arm"] for id_ in graph.results]
    assert list(dict.fromkeys(arms)) == list(yaml.safe_load(TEXT)["arms"])
    assert (graph.baseline, graph.steps) == ("real", True)


def nnunets_options() -> dict[str, set[str]]:
    """Options of nnU-Net's commands, read off their parsers."""
    from nnunetv2.experiment_planning import plan_and_preprocess_entrypoints as entry

    found: dict[str, set[str]] = {}
    for name, function in (
        ("nnUNetv2_extract_fingerprint", entry.extract_fingerprint_entry),
        ("nnUNetv2_plan_experiment", entry.plan_experiment_entry),
        ("nnUNetv2_preprocess", entry.preprocess_entry),
    ):
        found[name] = {word for word in function.__code__.co_consts if isinstance(word, str) and word.startswith("-")}
        found[name] |= {"--verbose", "--no_pbar"}
    return found


def test_commands_are_those_that_there_are(build: Build, monkeypatch: pytest.MonkeyPatch):
    known, parser = nnunets_options(), build_parser()
    commands = [command for node in build().nodes.values() for command in node.commands]
    for command in commands:
        words = [{DEVICE: "cpu", CORES: "2"}.get(word, word) for word in command.words]
        if words[0] == "nnunet-spine":
            parser.parse_args(words[1:])
        elif words[0] in known:
            assert {word for word in words[1:] if word.startswith("-")} <= known[words[0]], shlex.join(words)
        else:
            parses(words, monkeypatch)
    assert {command.words[0] for command in commands} == {"nnunet-spine", "python", *known}


def parses(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the words of a step to its own parser, and do no more."""
    import importlib

    class Parsed(Exception):  # noqa: N818 - it ends the step where its work would begin
        pass

    original = argparse.ArgumentParser.parse_args

    def parse(self: argparse.ArgumentParser, argv: list[str]) -> None:
        original(self, argv)
        raise Parsed

    assert words[:2] == ["python", "-m"]
    step = importlib.import_module(words[2])
    with monkeypatch.context() as patch:
        patch.setattr(argparse.ArgumentParser, "parse_args", parse)
        with pytest.raises(Parsed):
            step.main(words[3:])


def test_no_command_writes_into_the_folders_of_the_user(build: Build, tmp_path: Path):
    graph = build()
    for node in graph.nodes.values():
        for path in (*node.files, *node.results, *(value for c in node.commands for value in c.variables.values())):
            assert path in ("1", "") or Path(path).is_relative_to(tmp_path / "workspace"), (node.title, path)


def test_what_is_preprocessed_is_linked_to_for_the_same_data_only(build: Build):
    def words(dataset: str) -> list[str]:
        graph = build(f"{{arms: {{few: {{dataset: {dataset}}}, 'few, averaged': {{dataset: {dataset}}}}}}}")
        (node,) = [one for one in graph.nodes.values() if one.kind == "preprocess" and " as " in one.title]
        return [word for command in node.commands for word in command.words]

    assert "--same-data" in words("real")
    assert "--same-data" not in words("other")


def test_what_a_job_leaves_is_what_any_arm_needs_of_it(build: Build):
    for first in ("few", "few, averaged"):  # the arms share the training
        graph = build(f"{{arms: {{'{first}': {{average: 0.5, patients: 1}}}}}}")
        results = [Path(file).name for node in graph.nodes.values() if node.kind == "finetune" for file in node.results]
        assert results == ["checkpoint_final.pth", "summary.json", "checkpoint_averaged.pth"] * 2
        used = {
            words[5] for node in graph.nodes.values() if node.kind == "predict" for words in [node.commands[0].words]
        }
        assert "checkpoint_averaged.pth" in used


def test_shares_that_are_nearly_the_same_have_files_of_their_own(build: Build):
    near = "few, nearer: {dataset: other, after: synthetic, patients: 1, average: 0.3000001, tests: held_out}"
    graph = build(f"{{arms: {{'{near.partition(':')[0]}':{near.partition(':')[2]}}}}}")
    files = [file for node in graph.nodes.values() if node.kind == "average" for file in node.results]
    assert len(set(files)) == len(files) == 4


def test_the_name_of_an_arm_may_look_like_an_option(build: Build):
    graph = build("{arms: {'-x': {dataset: synth, trainer: nnUNetTrainer, tests: shifted}}}")
    words = of_kind(graph, "evaluate", "-x, fold 0, seed 0, shifted, as acquired")
    assert build_parser().parse_args([{CORES: "2"}.get(word, word) for word in words[1:]]).arm == "-x"


def test_it_is_the_same_when_read_again(build: Build, tmp_path: Path):
    graph = build()
    graph.write(tmp_path / "graph.json")
    assert read_graph(tmp_path / "graph.json") == graph


def test_what_an_experiment_says_of_resources_counts(build: Build):
    needs = build("{resources: {train: {cores: 3}, predict: {memory_gb: 1.5}}}").needs
    assert (needs["train"].cores, needs["train"].gpus, needs["predict"].memory_gb) == (3, 1, 1.5)


def test_a_large_graph_is_built_in_seconds(build: Build):
    build()  # what it imports
    start = time.process_time()
    seeds, resolutions = list(range(40)), [1, 2, 3, 4]
    graph = build(f"{{folds: [0, 1, 2, 3, 4], seeds: {seeds}, conditions: {{resolution: {resolutions}}}}}")
    assert len(graph.nodes) > 4500
    assert time.process_time() - start < 10
