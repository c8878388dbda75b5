"""Names of trainers: every combination of parts, and what is said of wrong names."""

import inspect
import multiprocessing
import pickle
from itertools import combinations, product

import pytest
from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer
from nnunetv2.utilities.find_objects import recursive_find_trainer_class_by_name

from nnunet_spine import trainers
from nnunet_spine.cli import main
from nnunet_spine.trainers.listing import EXAMPLES, WITHOUT, explanation, grammar
from nnunet_spine.trainers.names import KINDS, bases_of, resolve, stems
from nnunet_spine.trainers.nearest import nearest


def name_of(cls: type) -> str:
    return cls.__name__


def parts() -> list[str]:
    return [name for kind in KINDS.values() for name in kind]


@pytest.mark.parametrize(
    "name", [*(f"nnUNetTrainer{part}" for part in parts()), *EXAMPLES, "nnUNetTrainer_3x10iter", "nnUNetTrainer_1epoch"]
)
def test_a_name_is_a_trainer(name):
    cls = getattr(trainers, name)
    assert issubclass(cls, nnUNetTrainer)
    assert cls.__name__ == name
    assert getattr(trainers, name) is cls
    assert pickle.loads(pickle.dumps(cls)) is cls
    arguments, nnunets = (list(inspect.signature(each.__init__).parameters) for each in (cls, nnUNetTrainer))
    assert arguments == nnunets, "nnU-Net stores them in checkpoints"


def test_every_combination_has_a_name_of_its_own_and_is_made_of_the_parts_that_it_names():
    names = stems()
    assert len(set(names)) == len(names) > 1000
    for combination in product(*[("", *kind) for kind in KINDS.values()]):
        made_of = [base.__name__ for base in bases_of("nnUNetTrainer" + "".join(combination))]
        assert made_of == [part for part in combination if part]


def test_any_pair_of_parts_can_be_one_class():
    for first, second in combinations(KINDS.values(), 2):
        for pair in product(first, second):
            assert issubclass(resolve("nnUNetTrainer" + "".join(pair)), nnUNetTrainer)


def test_parts_come_before_the_host_and_the_run_length_first():
    names = [base.__name__ for base in resolve("nnUNetTrainerSynthSpineReportUNet_2x3iter").__mro__]
    assert names.index("RunLength") < names.index("SynthSpine") < names.index("ReportUNet")
    assert names.index("ReportUNet") < names.index("nnUNetTrainer")


def test_a_class_survives_the_way_to_a_spawned_process():
    cls = resolve("nnUNetTrainerReportUNet_2x3iter")
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(name_of, (cls,)) == cls.__name__


@pytest.mark.parametrize(
    "name",
    [
        "nnUNetTrainer",
        "nnUNetTrainerSynthSpin",
        "nnUNetTrainerReportUNetSynthSpine",
        "nnUNetTrainerSynthSpineSynthSpine",
        "nnUNetTrainerSynthSpine_0epochs",
        "nnUNetTrainerSynthSpine_epochs",
        "SynthSpine",
        "resolver",
    ],
)
def test_names_outside_the_grammar_are_no_attributes(name):
    assert not hasattr(trainers, name)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("nnUNetTrainerSynthSpin", "nnUNetTrainerSynthSpine"),
        ("nnUNetTrainerReportUNetSynthSpine_20epochs", "nnUNetTrainerSynthSpineReportUNet_20epochs"),
        ("nnUNetTrainersynthspine_5patients_2x3iter", "nnUNetTrainerSynthSpine_5patients_2x3iter"),
        ("nnUNetTrainerSynthSpine_20EPOCH_5patients", "nnUNetTrainerSynthSpine_5patients_20epochs"),
        ("nnUNetTrainerSynthSpine_1epochs", "nnUNetTrainerSynthSpine_1epoch"),
        ("nnUNetTrainerSynthSpine_02x3iters", "nnUNetTrainerSynthSpine_2x3iter"),
        ("nnUNetTrainerSynthSpine_20iter", None),
        ("nnUNetTrainerSynthSpine_5epochs_6epochs", None),
        ("nnUNetTrainerFocalDiceTversky", None),
        ("nnUNetTrainerUNet++", None),
        ("nnunettrainerRealSpine", "nnUNetTrainerRealSpine"),
        ("nnUNetTrainerWithoutAnything", None),
        ("nnUNetTrainer", None),
        ("", None),
        ("___", None),
    ],
)
def test_the_nearest_right_name(wrong, right):
    assert nearest(wrong) == right
    hint = f"did you mean '{right}'" if right else "has no trainer"
    with pytest.raises(AttributeError, match=hint):
        resolve(wrong)


def test_a_wrong_name_in_nnunets_search_is_told_the_nearest_right_one(capsys):
    with pytest.raises(RuntimeError, match="Could not find requested nnunet trainer"):
        recursive_find_trainer_class_by_name("nnUNetTrainerSynthSpin")
    assert "did you mean 'nnUNetTrainerSynthSpine'" in capsys.readouterr().err


def test_the_listing_names_every_part_and_examples_that_exist():
    text = grammar()
    assert all(f"  {part}" in text for part in parts())
    assert set(KINDS) == set(WITHOUT)
    assert all(example in text and resolve(example) for example in EXAMPLES)


def test_a_name_is_explained_part_by_part():
    lines = explanation("nnUNetTrainerSynthSpineReportUNet_2x3iter").splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["RunLength", "SynthSpine", "ReportUNet"]
    assert "2 epochs of 3 iterations" in lines[1]


@pytest.mark.parametrize("name", ["nnUNetTrainer", "nnUNetTrainerDA5"])
def test_of_nnunets_own_trainers_it_is_said_that_they_are(name):
    assert f"{name}: a trainer of nnunetv2." in explanation(name)


@pytest.mark.parametrize("part", parts())
def test_nnunets_search_finds_no_other_trainer_of_the_name_of_a_part(part):
    assert recursive_find_trainer_class_by_name(f"nnUNetTrainer{part}") is resolve(f"nnUNetTrainer{part}")


def test_the_command_lists_explains_and_refuses(capsys):
    assert main(["trainers"]) == 0
    assert main(["trainers", "nnUNetTrainerSynthSpine"]) == 0
    assert "SynthSpine" in capsys.readouterr().out
    assert main(["trainers", "nnUNetTrainerSynthSpin"]) == 2
    assert "did you mean 'nnUNetTrainerSynthSpine'" in capsys.readouterr().err
