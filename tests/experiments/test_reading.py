"""Reading experiment files: what they extend, variables, paths, and every problem by its key."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from nnunet_spine.experiments.inheritance import read_name
from nnunet_spine.experiments.reading import read_experiment
from nnunet_spine.experiments.schema import RawData, SpiderData, SyntheticData

from .conftest import SMALL

Write = Callable[..., Path]


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SPIDER", "UNSET"):
        monkeypatch.delenv(name, raising=False)


def test_the_shortest_experiment_has_the_defaults(experiment_file: Write, tmp_path: Path):
    experiment = read_experiment(experiment_file())
    assert experiment.folds == (0, 1, 2, 3, 4)
    assert experiment.seeds == (0,)
    assert experiment.arms["real"].patients == ()
    assert experiment.datasets["real"] == SpiderData(id=501, spider=tmp_path / "spider")


def test_one_value_stands_for_a_list_of_one(experiment_file: Write):
    experiment = read_experiment(experiment_file(SMALL + "folds: 2\nconditions: {noise: 0.1}\n"))
    assert experiment.folds == (2,)
    assert experiment.conditions == {"noise": (0.1,)}


def test_kinds_of_data_sets_are_told_by_their_keys(experiment_file: Write):
    text = SMALL.replace(
        "datasets:\n",
        "datasets:\n  synth: {id: 502, synthetic_of: real}\n  raw: {raw: 7}\n  named: {raw: Dataset007_A}\n",
    )
    datasets = read_experiment(experiment_file(text)).datasets
    assert isinstance(datasets["synth"], SyntheticData)
    assert datasets["raw"] == RawData(raw=7)
    assert datasets["named"] == RawData(raw="Dataset007_A")


def test_paths_are_relative_to_the_file_that_says_them(experiment_file: Write, tmp_path: Path):
    experiment_file(SMALL.replace("spider: spider", "spider: ../spider"), "base/small.yaml")
    child = experiment_file(
        "extends: ../base/small.yaml\n"
        "datasets: {there: {raw: ./raw/Dataset007_A}}\n"
        "tests: {held_out: {gradings: gradings.csv}}\n",
        "studies/child.yaml",
    )
    experiment = read_experiment(child)
    assert experiment.datasets["real"].spider == tmp_path / "spider"
    assert experiment.datasets["there"].raw == str(tmp_path / "studies/raw/Dataset007_A")
    assert experiment.tests["held_out"].gradings == tmp_path / "studies/gradings.csv"


@pytest.mark.parametrize("said", ["$SPIDER/part", "${SPIDER}/part"])
def test_variables_of_the_environment_are_replaced(
    said: str, experiment_file: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("SPIDER", str(tmp_path / "else where"))
    path = experiment_file(SMALL.replace("spider: spider", f"spider: {said!r}"))
    assert read_experiment(path).datasets["real"].spider == tmp_path / "else where" / "part"


def test_a_sum_of_money_is_no_variable(experiment_file: Write):
    path = experiment_file(SMALL.replace("requires: nothing", "requires: $5"))
    assert read_experiment(path).requires == "$5"


def test_an_extending_file_changes_key_by_key_and_null_removes(experiment_file: Write):
    experiment_file(SMALL + "budget: 20epochs\nfolds: [0, 1]\nconditions: {noise: [0.1], gamma: [2]}\n")
    child = experiment_file(
        "extends: small.yaml\nname: child\nbudget: null\nfolds: [3]\n"
        "conditions: {noise: null}\narms: {more: {dataset: real, trainer: nnUNetTrainerDA5}}\n",
        "child.yaml",
    )
    experiment = read_experiment(child)
    assert (experiment.name, experiment.question) == ("child", "Does it work?")
    assert experiment.budget is None
    assert experiment.folds == (3,)
    assert experiment.conditions == {"gamma": (2,)}
    assert list(experiment.arms) == ["real", "more"]


def test_a_variable_that_an_extending_file_does_without_need_not_be_set(experiment_file: Write):
    experiment_file(SMALL.replace("spider: spider", "spider: $UNSET"))
    child = experiment_file("extends: small.yaml\ndatasets: {real: {spider: spider}}\n", "child.yaml")
    assert read_experiment(child).datasets["real"].spider.name == "spider"


def test_free_text_has_no_variables(experiment_file: Write):
    text = SMALL.replace("requires: nothing", "requires: SPIDER in $UNSET").replace("work?", "cost $5 or ${UNSET}?")
    experiment = read_experiment(experiment_file(text))
    assert experiment.requires == "SPIDER in $UNSET"
    assert experiment.question == "Does it cost $5 or ${UNSET}?"


def test_the_name_is_known_whatever_else_is_said(experiment_file: Write):
    experiment_file()
    experiment_file("name: child\nextends: small.yaml\nfolds: many\nbudget: $UNSET\n", "child.yaml")
    assert read_name(experiment_file("extends: child.yaml", "grandchild.yaml")) == "child"
    with pytest.raises(ValueError, match=r"none\.yaml: name: expected text, got nothing"):
        read_name(experiment_file("folds: 1", "none.yaml"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("extends: child.yaml", r"child\.yaml: extends: goes in a circle: child\.yaml -> child\.yaml"),
        ("extends: none.yaml", r"child\.yaml: extends: expected the path of an experiment file, there is no .*none"),
        ("extends: [small.yaml]", r"child\.yaml: extends: expected the path of an experiment file, got \["),
        ("extends: $UNSET/a.yaml", r"child\.yaml: extends: \$UNSET is not set"),
        ("- 1", r"child\.yaml: expected an experiment, a mapping of keys to values, got \[1\]"),
        ("name: a\nname: b", r"child\.yaml, line 2: expected YAML, the key name stands twice"),
        ("name: [a", r"child\.yaml, line \d: expected YAML"),
    ],
)
def test_files_that_cannot_be_read_are_named(text: str, expected: str, experiment_file: Write):
    with pytest.raises(ValueError, match=expected):
        read_experiment(experiment_file(text, "child.yaml"))


def test_a_circle_of_several_files_is_named(experiment_file: Write):
    experiment_file("extends: a.yaml", "b.yaml")
    path = experiment_file("extends: b.yaml", "a.yaml")
    with pytest.raises(ValueError, match=r"a\.yaml -> b\.yaml -> a\.yaml"):
        read_experiment(path)


@pytest.mark.parametrize(
    ("said", "instead", "expected"),
    [
        ("name: small", "name: 1a", "name: expected a name of letters, digits, _ and - that begins with a letter, got"),
        ("name: small\n", "", "name: expected a value, it is missing"),
        ("question: Does it work?", "question: [a]", "question: expected text, got ['a']"),
        ("trainer: nnUNetTrainer", "trainer: $UNSET", "arms.real.trainer: $UNSET is not set"),
        ("name:", "fold: 1\nname:", "fold: unknown, expected one of name, question,"),
        ("name:", "fold: 1\nname:", "; did you mean folds?"),
        ("name:", "folds: [0, x]\nname:", "folds.1: expected a whole number, got 'x'"),
        ("name:", "folds: x\nname:", "folds: expected a whole number, got 'x'"),
        ("name:", "folds: true\nname:", "folds: expected a number, got true"),
        ("name:", "folds: [0, false]\nname:", "folds.1: expected a number, got false"),
        ("name:", "seeds: -1\nname:", "seeds: expected 0 or more, got -1"),
        ("name:", "seeds: 1e23\nname:", "seeds: expected a smaller whole number, got 1e+23"),
        ("name:", "conditions: {noise: .inf}\nname:", "conditions.noise: expected a finite number, got inf"),
        ("name:", "conditions: {noise: true}\nname:", "conditions.noise: expected a number, got true"),
        ("name:", "resources: {train: {cores: 0}}\nname:", "resources.train.cores: expected 1 or more, got 0"),
        ("name:", "plans: {a: {gpu_memory_gb: 0}}\nname:", "plans.a.gpu_memory_gb: expected more than 0, got 0"),
        ("name:", "plans: {a: {patch_size: 64}}\nname:", "plans.a.patch_size: expected a list, got 64"),
        (
            "name:",
            "plans: {a: {target_spacing_mm: [1, 2]}}\nname:",
            "target_spacing_mm: expected at least 3 of them, got [1, 2]",
        ),
        ("{id: 501, spider: spider}", "5", "datasets.real: expected a mapping of keys to values, got 5"),
        ("{id: 501, spider: spider}", "{raw: [1]}", "datasets.real.raw: expected an id, a name or a folder, got [1]"),
        ("id: 501", "id: 1000", "datasets.real.id: expected 999 or less, got 1000"),
        ("id: 501", "id: 1.5", "datasets.real.id: expected a whole number, got 1.5"),
        ("id: 501", "id: true", "datasets.real.id: expected a number, got true"),
        ("{id: 501, spider: spider}", "{raw: true}", "datasets.real.raw: expected an id, a name or a folder, got true"),
        (
            "spider: spider",
            "synthetic_of: a, sequences: t1",
            "datasets.real.sequences: not together with synthetic_of, e",
        ),
        ("id: 501", "id: 501, spidr: a", "datasets.real.spidr: unknown, expected one of id, spider,"),
        ("id: 501", "id: 501, scheme: x", "scheme: expected '4class', '14class' or 'report-erroneous', got 'x'"),
        ("spider: spider", "synthetic_off: real", "datasets.real.synthetic_off: unknown"),
        ("spider: spider", "synthetic_off: real", "; did you mean synthetic_of?"),
        (
            "spider: spider",
            "spider: $UNSET/a",
            "spider: $UNSET is not set (in '$UNSET/a'); export it with SPIDER's folder",
        ),
        (
            "  real: {id",
            "  5: {id",
            "datasets.5: expected a name of letters, digits, _ and - that begins with a letter",
        ),
        ("  real: {dataset", "  a/b: {dataset", "arms.a/b: expected a name without / and line breaks, in which some"),
        ("  real: {dataset", "  ' ': {dataset", "arms. : expected a name without / and line breaks, in which some"),
        ("name:", "baseline: ''\nname:", "baseline: expected a name without / and line breaks"),
        ("dataset: real, trainer", "datset: real, trainer", "arms.real.datset: unknown, expected one of dataset,"),
        ("trainer: nnUNetTrainer", "average: 2", "arms.real.average: expected 1 or less, got 2"),
        ("trainer: nnUNetTrainer", "priors: all", "arms.real.priors: expected 'fitted', got 'all'"),
        (
            "arms:\n  real: {dataset: real, trainer: nnUNetTrainer}",
            "arms: {}",
            "arms: expected at least 1 of them, got",
        ),
    ],
)
def test_every_problem_is_named_by_its_key(said: str, instead: str, expected: str, experiment_file: Write):
    assert said in SMALL
    path = experiment_file(SMALL.replace(said, instead, 1))
    with pytest.raises(ValueError, match=re.escape(expected)) as caught:
        read_experiment(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_all_problems_come_at_once(experiment_file: Write):
    text = SMALL.replace("id: 501", "id: 0").replace("spider: spider", "spider: $UNSET") + "budgt: 1\n"
    with pytest.raises(ValueError, match="3 problems") as caught:
        read_experiment(experiment_file(text))
    lines = str(caught.value).splitlines()[1:]
    assert [line.split(":")[0].strip() for line in lines] == ["budgt", "datasets.real.id", "datasets.real.spider"]
