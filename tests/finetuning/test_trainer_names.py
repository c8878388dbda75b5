import pytest

from nnunet_spine.finetuning.trainer_names import tuned_name
from nnunet_spine.trainers import resolve

SMALL = "nnUNetTrainerRealSpineReportUNetFineTune"


@pytest.mark.parametrize(
    ("model", "patients", "tuned"),
    [
        ("nnUNetTrainer", None, "nnUNetTrainerRealSpineFineTune"),
        ("nnUNetTrainer_250epochs", 1, "nnUNetTrainerRealSpineFineTune_1patient"),
        ("nnUNetTrainerSynthSpineT1", 5, "nnUNetTrainerRealSpineFineTune_5patients"),
        ("nnUNetTrainerSynthSpineReportUNetOneCycle_20x50iter", 2, f"{SMALL}_2patients"),
        (f"{SMALL}_2patients_3epochs", 5, f"{SMALL}_5patients"),
        (SMALL, None, SMALL),
        ("nnUNetTrainerSynthSpineReportUNetReport_20epochs", None, "nnUNetTrainerRealSpineReportUNetDiceCEFineTune"),
        ("nnUNetTrainerSynthSpineTverskyReport", None, "nnUNetTrainerRealSpineTverskyFineTune"),
        ("nnUNetTrainerOfSomebodyElse", None, "nnUNetTrainerRealSpineFineTune"),
    ],
)
def test_network_and_loss_stay_data_and_recipe_are_replaced(model: str, patients: int | None, tuned: str):
    assert tuned_name(model, patients) == tuned
    assert resolve(tuned).__name__ == tuned


def test_the_loss_that_a_recipe_brings_is_the_loss_that_stays():
    assert resolve(tuned_name("nnUNetTrainerReport")).make_loss is resolve("nnUNetTrainerReport").make_loss


@pytest.mark.parametrize("patients", [0, -1])
def test_nobody_is_no_patient(patients: int):
    with pytest.raises(ValueError, match="patients: expected at least 1"):
        tuned_name("nnUNetTrainer", patients)
