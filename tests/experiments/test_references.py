"""What an experiment file says can be wrong without a look at any data."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Check = Callable[[str], list[str]]


def test_what_fits_together_has_no_problems(problems_of: Check):
    assert problems_of("") == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            "arms: {real: {dataset: reel}}",
            "arms.real.dataset: expected one of real, synth, got 'reel'; did you mean real?",
        ),
        ("arms: {real: {plans: corse}}", "arms.real.plans: expected one of coarse, got 'corse'; did you mean coarse?"),
        ("arms: {real: {tests: [x]}}", "arms.real.tests: expected one of held_out, got 'x'"),
        ("arms: {tuned: {after: synth}}", "arms.tuned.after: expected one of real, synthetic, tuned, got 'synth'; did"),
        ("tests: {held_out: {dataset: x}}", "tests.held_out.dataset: expected one of real, synth, got 'x'"),
        ("datasets: {synth: {synthetic_of: x}}", "datasets.synth.synthetic_of: expected one of real, synth, got 'x'"),
        (
            "datasets: {synth: {synthetic_of: synth}}",
            "datasets.synth.synthetic_of: goes in a circle: synth -> synth",
        ),
        (
            "datasets: {real: {same_patients_as: synth}}",
            "datasets.real.same_patients_as: goes in a circle: real -> synth -> real",
        ),
        ("datasets: {nobody: {raw: 7}}", "datasets.nobody: expected another key, nobody is a word of same_patients_as"),
        ("datasets: {own: {raw: 7, same_patients_as: x}}", "datasets.own.same_patients_as: expected one of real,"),
        (
            "datasets: {real: {same_patients_as: noone}}",
            "datasets.real.same_patients_as: expected one of real, synth, n",
        ),
        ("baseline: reel", "baseline: expected one of real, synthetic, tuned, got 'reel'; did you mean real?"),
        ("baseline: tuned", "baseline: expected an arm of one number of patients, 'tuned' has 0, 2"),
        ("arms: {synthetic: {after: tuned}}", "arms.tuned.after: goes in a circle: tuned -> synthetic -> tuned"),
    ],
)
def test_names_that_nothing_has_and_circles(changes: str, expected: str, problems_of: Check):
    assert any(line.startswith(expected) for line in problems_of(changes)), problems_of(changes)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ("name: models", "name: expected another name than models"),
        ("budget: long", "budget: expected a length such as 100epochs or 20x50iter, got 'long'"),
        ("budget: 1epochs", "budget: expected a length"),
        ("folds: [0, 1, 0]", "folds: expected each once, got 0 more than once"),
        ("seeds: []", "seeds: expected at least one, got none"),
        ("resources: {trian: {cores: 1}}", "resources.trian: unknown, expected one of convert,"),
        ("resources: {trian: {cores: 1}}", "got 'trian'; did you mean train?"),
        ("conditions: {nois: 1}", "conditions.nois: unknown, expected one of resolution,"),
        ("conditions: {resolution: 0.5}", "conditions.resolution: resolution: expected levels of 1 or more, got 0.5"),
        ("tests: {held_out: {conditions: {noise: [1, 1]}}}", "tests.held_out.conditions.noise: expected each once"),
        ("tests: {held_out: {slices: middle}}", "tests.held_out.slices: slices: expected all, complete or central=MM"),
        ("tests: {held_out: {sequences: [t1, t1]}}", "tests.held_out.sequences: expected each once, got t1"),
        ("plans: {a__b: {batch_size: 2}}", "plans.a__b: expected a name without __"),
        ("datasets: {synth: {id: 501}}", "datasets.synth.id: expected an id of its own, 501 is that of real"),
        ("datasets: {real: {name: a__b}}", "datasets.real.name: data set name: expected letters, digits,"),
    ],
)
def test_values_that_there_are_not(changes: str, expected: str, problems_of: Check):
    assert any(expected in line for line in problems_of(changes)), problems_of(changes)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ("{real: {trainer: null}}", "arms.real.trainer: expected a value, it is missing"),
        ("{real: {patients: [0, 1]}}", "arms.real.patients: expected 1 or more, got 0; only an arm with `after`"),
        ("{real: {average: 0.5}}", "arms.real.average: only an arm with `after` can have it: the average is"),
        ("{real: {tests: []}}", "arms.real.tests: expected at least one, got none"),
        ("{real: {patients: [2, 2]}}", "arms.real.patients: expected each once, got 2"),
        (
            "{real: {trainer: nnUNetTrainer_2patients, patients: 1}}",
            "arms.real.patients: expected none, because the name",
        ),
        ("{real: {configuration: 3d_cascade_fullres}}", "arms.real.configuration: expected one of 2d, 3d_fullres,"),
        ("{synthetic: {patients: [1, 2]}}", "arms.tuned.after: expected an arm with one number of patients at most"),
        ("{tuned: {configuration: 3d_fullres}}", "arms.tuned.configuration: expected that of synthetic, 2d, got 3d_"),
        ("{tuned: {plans: coarse}}", "arms.tuned.plans: expected none or those of synthetic, which has none, got"),
        ("{tuned: {synthesis: {preset: strong}}}", "arms.tuned.synthesis: expected nothing: fine-tuning"),
        ("{tuned: {priors: fitted}}", "arms.tuned.priors: expected nothing: fine-tuning"),
    ],
)
def test_settings_of_an_arm_that_do_not_go_together(changes: str, expected: str, problems_of: Check):
    assert any(line.startswith(expected) for line in problems_of(f"arms: {changes}")), problems_of(f"arms: {changes}")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            "plans: {coarse: {patch_size: [8, 64, 64]}}\narms: {real: {plans: coarse}}",
            "arms.real.plans: expected a patch_size of 2 numbers for 2d, coarse has 3",
        ),
        (
            "datasets: {synth: {dim: 2d}}\narms: {real: {dataset: synth, configuration: 3d_fullres}}",
            "arms.real.dataset: expected synthetic images with `dim: 3d` for 3d_fullres",
        ),
    ],
)
def test_an_arm_and_what_it_names_that_do_not_go_together(changes: str, expected: str, problems_of: Check):
    assert any(line.startswith(expected) for line in problems_of(changes))


def test_an_arm_may_name_the_plans_of_the_one_before(problems_of: Check):
    assert problems_of("arms: {synthetic: {plans: coarse}, tuned: {plans: coarse}}") == []


def test_all_problems_come_at_once_and_in_the_order_of_their_keys(problems_of: Check):
    arms = "arms: {real: {dataset: x}, tuned: {trainer: nnUNetTrainerDA6}}"
    found = problems_of(f"budget: long\ndatasets: {{synth: {{id: 501}}}}\n{arms}")
    places = [line.partition(":")[0] for line in found]
    assert places == ["arms.real.dataset", "arms.tuned.trainer", "budget", "datasets.synth.id"]
