"""Fitting a whole data set: known priors are found, sequences stay apart, wrong input is told and leaves nothing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtri

from nnunet_spine.cli import main
from nnunet_spine.priors.dataset import FitOptions, fit_dataset
from nnunet_spine.synth.config import IntensityConfig
from nnunet_spine.synth.config.files import read_fitted
from nnunet_spine.training.patients import first_patients

from .conftest import BOXES, Dataset, image_of, label_map, save

CASES = 9
RANKS = ndtri((np.arange(1, CASES + 1) - 0.375) / (CASES + 0.25))
LAWS = {"t1": {1: (0.6, 0.08), 2: (0.25, 0.05), 3: (0.4, 0.03)}, "t2": {1: (0.3, 0.05), 2: (0.75, 0.06), 3: (0.5, 0.1)}}
STDS = {1: 0.05, 2: 0.03, 3: 0.06}
NAMES = {1: "vertebra", 2: "canal", 3: "disc"}


def add_cases(dataset: Dataset, name: str = "{k}_{sequence}") -> None:
    """Cases whose means lie at the quantiles of the laws."""
    for sequence, laws in LAWS.items():
        for k, z in enumerate(RANKS):
            means = {value: mean + std * z for value, (mean, std) in laws.items()}
            dataset.add(name.format(k=k, sequence=sequence), means, STDS)


def sequences_of(file: Path) -> dict[str, dict]:
    return json.loads(file.read_text())["sequences"]


def check_laws(file: Path) -> None:
    found = sequences_of(file)
    for sequence, laws in LAWS.items():
        for value, (mean, std) in laws.items():
            tissue = found[sequence][NAMES[value]]
            assert tissue["mean"]["normal"] == pytest.approx([mean, std], abs=0.012)
            assert tissue["std"]["normal"] == pytest.approx([STDS[value], 0], abs=0.006)
        assert found[sequence]["unlabelled"]["mean"]["normal"][0] == pytest.approx(0.3, abs=0.02)


def test_known_priors_are_found_in_the_folder_of_nnunet(dataset: Dataset, tmp_path: Path):
    add_cases(dataset)
    file = fit_dataset(7)
    assert file == tmp_path / "nnUNet_preprocessed" / "Dataset007_Tiny" / "priors.json"
    assert sorted(path.name for path in file.parent.iterdir()) == ["priors.json", "priors.png"]
    assert file.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
    check_laws(file)
    made = json.loads(file.read_text())["made"]
    assert made["dataset"] == "Dataset007_Tiny"
    assert made["cases"]["t1"] == [f"{k}_t1" for k in range(CASES)]


def test_the_generators_settings_take_the_file(dataset: Dataset, tmp_path: Path):
    add_cases(dataset)
    fitted = read_fitted(fit_dataset(7, tmp_path / "out.json"))
    config = IntensityConfig(priors={"fitted": 1.0}, fitted=fitted)
    assert config.fitted["t2"]["disc"].mean.law == "normal"
    assert list(config.fitted["t1"]) == ["unlabelled", "vertebra", "canal", "disc"]


def test_the_record_of_the_conversion_tells_the_sequence(dataset: Dataset):
    add_cases(dataset, "{sequence}case{k}")
    names = [(f"{sequence}case{k}", sequence) for sequence in LAWS for k in range(CASES)]
    manifest = {"cases": [{"case": case, "sequence": sequence} for case, sequence in names]}
    (dataset.folder / "manifest.json").write_text(json.dumps(manifest))
    check_laws(fit_dataset(7))


@pytest.mark.parametrize("pattern", ["^t[12]", "^(t[12])case"])
def test_a_pattern_tells_the_sequence(dataset: Dataset, pattern: str):
    add_cases(dataset, "{sequence}case{k}")
    check_laws(fit_dataset(7, options=FitOptions(sequence_pattern=pattern)))


def test_without_anything_known_there_is_one_sequence(dataset: Dataset):
    add_cases(dataset, "{sequence}case{k}")
    assert list(sequences_of(fit_dataset(7))) == ["all"]


def test_channels_are_sequences(dataset: Dataset, tmp_path: Path):
    two = Dataset(tmp_path / "nnUNet_raw" / "Dataset008_Two", channels=("T1", "T2"))
    for k, z in enumerate(RANKS):
        means = [{value: m + s * z for value, (m, s) in laws.items()} for laws in LAWS.values()]
        two.add(f"case{k}", images=[image_of(label_map(), one, STDS) for one in means])
    file = fit_dataset(two.folder, tmp_path / "two.json")
    text = file.read_text().replace('"T1"', '"t1"').replace('"T2"', '"t2"')
    file.write_text(text)
    check_laws(file)
    with pytest.raises(ValueError, match="its 2 channels are its sequences"):
        fit_dataset(two.folder, options=FitOptions(sequence_pattern="case"))


def test_levels_are_one_tissue_and_other_structures_are_told_apart_from_it(tmp_path: Path):
    labels = {"background": 0, "vertebra_L5": 1, "vertebra_L4": 2, "sacrum": 3, "ignore": 4}
    levels = Dataset(tmp_path / "levels", labels=labels)
    marked = label_map()
    marked[:, 2, 4:56] = 4
    for k in range(3):
        levels.add(f"{k}", {1: 0.5, 2: 0.7, 3: 0.2}, STDS, labels=marked)
    found = sequences_of(fit_dataset(levels.folder, tmp_path / "a.json"))["all"]
    assert set(found) == {"unlabelled", "vertebra", "other"}
    inside = [np.prod([n - 2 for n in marked[box].shape[1:]]) for box in (BOXES[1], BOXES[2])]
    expected = np.average([0.5, 0.7], weights=inside)
    assert found["vertebra"]["mean"]["normal"][0] == pytest.approx(expected, abs=0.02)
    assert found["other"]["mean"]["normal"][0] == pytest.approx(0.2, abs=0.01)


def test_a_fold_of_few_patients_is_fitted_to_those_that_a_trainer_takes(dataset: Dataset, tmp_path: Path):
    add_cases(dataset)
    (dataset.folder / "splits_final.json").write_text(json.dumps([{"train": ["0_t2", "1_t1", "2_t1"], "val": []}]))
    for number in (1, 2):
        file = fit_dataset(dataset.folder, tmp_path / "few.json", FitOptions(fold=0, patients=number))
        made = json.loads(file.read_text())["made"]
        fitted = {case[0] for cases in made["cases"].values() for case in cases}
        assert (made["patients"], fitted) == (number, set(first_patients(["0", "1", "2"], number)))
    with pytest.raises(ValueError, match="patients: expected 1 to 3, the number in the training part, got 4"):
        fit_dataset(dataset.folder, tmp_path / "few.json", FitOptions(fold=0, patients=4))


def test_a_fold_leaves_its_validation_cases_out(dataset: Dataset, tmp_path: Path):
    add_cases(dataset)
    folder = tmp_path / "nnUNet_preprocessed" / "Dataset007_Tiny"
    folder.mkdir()
    splits = [{"train": ["0_t1", "1_t1"], "val": ["2_t1"]}, {"train": ["2_t1", "0_t2"], "val": []}]
    (folder / "splits_final.json").write_text(json.dumps(splits))
    file = fit_dataset(7, options=FitOptions(fold=1))
    assert file == folder / "priors_fold_1.json"
    made = json.loads(file.read_text())["made"]
    assert (made["fold"], made["cases"]) == (1, {"t1": ["2_t1"], "t2": ["0_t2"]})
    with pytest.raises(ValueError, match=r"splits_final\.json: expected a fold from 0 to 1, got 2"):
        fit_dataset(7, options=FitOptions(fold=2))
    with pytest.raises(ValueError, match="got both"):
        fit_dataset(7, options=FitOptions(fold=1, cases=("0_t1",)))


def test_cases_and_sequences_can_be_chosen(dataset: Dataset, tmp_path: Path):
    add_cases(dataset)
    options = FitOptions(cases=("0_t1", "3_t1", "3_t2"), sequences=("t1",))
    made = json.loads(fit_dataset(7, tmp_path / "a.json", options).read_text())["made"]
    assert made["cases"] == {"t1": ["0_t1", "3_t1"]}
    with pytest.raises(ValueError, match="no image of sequence t2_SPACE; there are t1, t2"):
        fit_dataset(7, options=FitOptions(sequences=("t1", "t2_SPACE")))
    with pytest.raises(ValueError, match="no training case 99_t1"):
        fit_dataset(7, options=FitOptions(cases=("99_t1",)))


def test_a_second_run_and_several_processes_give_the_same_files(dataset: Dataset, tmp_path: Path):
    for k in range(3):
        dataset.add(f"{k}_t1", {1: 0.5 + 0.1 * k, 2: 0.2, 3: 0.4})
    files = [
        fit_dataset(7, tmp_path / str(run) / "priors.json", processes=processes)
        for run, processes in enumerate((1, 1, 2))
    ]
    assert len({file.read_bytes() for file in files}) == 1
    assert len({file.with_suffix(".png").read_bytes() for file in files}) == 1


def test_a_tissue_that_no_image_has_is_left_out_and_told(dataset: Dataset, caplog: pytest.LogCaptureFixture):
    labels = label_map()
    labels[labels == 3] = 0
    dataset.add("0_t1", {1: 0.5, 2: 0.2}, labels=labels)
    with caplog.at_level("INFO"):
        found = sequences_of(fit_dataset(7))["t1"]
    assert list(found) == ["unlabelled", "vertebra", "canal"]
    assert "t1: too few voxels of disc" in caplog.text
    assert "a single image of" in caplog.text


def without_label(dataset: Dataset) -> None:
    (dataset.folder / "labelsTr/1_t1.nii.gz").unlink()


def with_nan(dataset: Dataset) -> None:
    image = image_of(label_map(), {}, {})
    image[1, 2, 3] = np.nan
    dataset.add("1_t1", images=[image])


def with_one_value(dataset: Dataset) -> None:
    dataset.add("1_t1", images=[np.full(label_map().shape, 7, np.float32)])


def on_another_grid(dataset: Dataset) -> None:
    save(dataset.folder / "labelsTr/1_t1.nii.gz", label_map(), (4.0, 1.0, 1.2))


def with_unknown_value(dataset: Dataset) -> None:
    dataset.add("1_t1", labels=label_map() + 1)


def without_structures(dataset: Dataset) -> None:
    for k in range(2):
        dataset.add(f"{k}_t1", labels=np.zeros_like(label_map()))


def of_unknown_sequence(dataset: Dataset) -> None:
    dataset.add("another")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (without_label, r"missing: .*labelsTr/1_t1\.nii\.gz"),
        (with_nan, r"imagesTr/1_t1_0000\.nii\.gz: expected finite intensities, 1 voxels"),
        (with_one_value, r"imagesTr/1_t1_0000\.nii\.gz: .*got the value 7 in every voxel"),
        (on_another_grid, r"labelsTr/1_t1\.nii\.gz: does not lie where the image lies"),
        (with_unknown_value, r"labelsTr/1_t1\.nii\.gz: expected the labels of dataset\.json"),
        (without_structures, r"no labelled structure in any image of sequence t1"),
        (of_unknown_sequence, r"the sequence of another is not known"),
    ],
)
def test_wrong_input_is_one_message_and_nothing_is_written(
    dataset: Dataset, tmp_path: Path, spoil, message: str, capsys: pytest.CaptureFixture[str]
):
    for k in range(2):
        dataset.add(f"{k}_t1", {1: 0.5, 2: 0.2, 3: 0.4})
    spoil(dataset)
    with pytest.raises(ValueError, match=message):
        fit_dataset(7, tmp_path / "out" / "priors.json")
    assert not (tmp_path / "out").exists()
    assert main(["priors", "7", "--output", str(tmp_path / "out" / "priors.json"), "--processes", "1"]) == 2
    error = [line for line in capsys.readouterr().err.splitlines() if "error" in line]
    assert len(error) == 1
    assert error[0].startswith("nnunet-spine priors: error: ")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (FitOptions(sequence_pattern="("), "expected a regular expression"),
        (FitOptions(sequence_pattern="_(t2)"), "finds nothing in the name of case 0_t1"),
        (FitOptions(fold=0), r"fold 0: no splits_final\.json"),
    ],
)
def test_impossible_choices_are_refused(dataset: Dataset, options: FitOptions, message: str):
    dataset.add("0_t1", {1: 0.5, 2: 0.2, 3: 0.4})
    with pytest.raises(ValueError, match=message):
        fit_dataset(7, options=options)


def test_the_output_must_be_a_json_file(dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    dataset.add("0_t1", {1: 0.5, 2: 0.2, 3: 0.4})
    with pytest.raises(ValueError, match=r"expected a file that ends in \.json"):
        fit_dataset(7, tmp_path)
    (tmp_path / "file").touch()
    monkeypatch.setattr("nnunet_spine.priors.dataset._measure", lambda *_: pytest.fail("measured in vain"))
    with pytest.raises(OSError, match="file"):
        fit_dataset(7, tmp_path / "file" / "priors.json")
    monkeypatch.delenv("nnUNet_preprocessed")
    with pytest.raises(ValueError, match="nnUNet_preprocessed is not set"):
        fit_dataset(7)


def test_the_command_fits_and_prints_the_table(dataset: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    add_cases(dataset)
    file = tmp_path / "priors.json"
    command = ["priors", str(dataset.folder), "--output", str(file), "--sequences", "t2", "--processes", "1"]
    assert main(command) == 0
    assert list(sequences_of(file)) == ["t2"]
    assert main(["priors", "6"]) == 2
    assert "data set 6: not in" in capsys.readouterr().err
