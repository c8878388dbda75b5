import multiprocessing
import pickle

import pytest
from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer

from nnunet_spine import trainers
from nnunet_spine.trainers.names import resolve, stems


def name_of(cls: type) -> str:
    return cls.__name__


@pytest.mark.parametrize("name", [*stems(), "nnUNetTrainerSynthSpine_20epochs", "nnUNetTrainer_3x10iter"])
def test_every_combination_is_a_trainer_of_its_name(name):
    cls = getattr(trainers, name)
    assert issubclass(cls, nnUNetTrainer)
    assert cls.__name__ == name
    assert getattr(trainers, name) is cls
    assert pickle.loads(pickle.dumps(cls)) is cls


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


def test_a_near_name_is_suggested():
    with pytest.raises(AttributeError, match="did you mean 'nnUNetTrainerSynthSpine'"):
        resolve("nnUNetTrainerSynthSpin")
