"""The folder of a preview: figures, page, settings, and errors."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from nnunet_spine.cli import main
from nnunet_spine.palette import Palette
from nnunet_spine.plumbing.datasets import RawDataset
from nnunet_spine.preview import PreviewOptions, write, write_preview
from nnunet_spine.preview.drawing import Canvas, show_image, show_labels
from nnunet_spine.synth import PRESETS
from nnunet_spine.synth.config.files import load
from nnunet_spine.synth.config.presets import NOTHING

from .conftest import LABELS, write_case

FEW = replace(NOTHING, noise=PRESETS["spine"].noise, bias=PRESETS["spine"].bias)


def test_everything_is_there(dataset: RawDataset, tmp_path: Path):
    write_preview(dataset, PreviewOptions(FEW, columns=3, seed=4), tmp_path / "out")
    names = {"README.md", "contact_sheet.png", "effects_artefacts.png", "effects_contrast.png", "synthesis.yaml"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == names | {"files.txt"}
    assert load(tmp_path / "out" / "synthesis.yaml") == FEW
    page = (tmp_path / "out" / "README.md").read_text()
    for word in ("Dataset501_Two", "seed 4", "| sagittal 2 | 1_t1 |", "| sagittal 2 | 2_t1 |", "bias, noise"):
        assert word in page
    assert {name for name in names if f"]({name})" in page} == names - {"README.md"}


def test_more_columns_and_cases_make_a_larger_sheet(dataset: RawDataset, tmp_path: Path):
    def size(**options: object) -> tuple[int, int]:
        write_preview(dataset, PreviewOptions(NOTHING, **options), tmp_path / "out")
        height, width = imread(tmp_path / "out" / "contact_sheet.png").shape[:2]
        return width, height

    narrow, wide, low = size(columns=1), size(columns=3), size(columns=1, cases=["2_t1"])
    assert (narrow[1], narrow[0]) == (wide[1], pytest.approx(wide[0] - 2 * 2.46 * 110, abs=2))
    assert low[0] == narrow[0]
    assert low[1] < narrow[1]


def test_a_second_preview_replaces_the_first_as_a_whole(dataset: RawDataset, tmp_path: Path):
    for config in (FEW, NOTHING):
        write_preview(dataset, PreviewOptions(config, columns=1), tmp_path / "out")
    names = {"README.md", "contact_sheet.png", "effects_contrast.png", "files.txt", "synthesis.yaml"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == names
    assert load(tmp_path / "out" / "synthesis.yaml") == NOTHING


@pytest.mark.parametrize("names", [["README.md", "synthesis.yaml"], ["notes.txt"]])
@pytest.mark.parametrize("earlier", [False, True])
def test_a_folder_with_something_else_is_refused_before_any_work(
    names: list[str], earlier: bool, dataset: RawDataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
):
    out = tmp_path / "out"
    if earlier:
        write_preview(dataset, PreviewOptions(NOTHING, columns=1), out)
    out.mkdir(exist_ok=True)
    for name in names:
        (out / name).write_text("mine")
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    monkeypatch.setattr(write, "read_labelled", lambda *_: pytest.fail("no case is to be read"))
    assert main(["preview", str(dataset.folder), "--output", str(out)]) == 2
    assert f"--output: {out}: expected no folder, an empty one or an earlier preview alone" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_a_preview_that_fails_leaves_the_earlier_one(dataset: RawDataset, tmp_path: Path, monkeypatch):
    def fail(*_: object) -> None:
        raise OSError("disk full")

    write_preview(dataset, PreviewOptions(NOTHING, columns=1), tmp_path / "out")
    monkeypatch.setattr(write, "draw_sheet", fail)
    with pytest.raises(OSError, match="disk full"):
        write_preview(dataset, PreviewOptions(FEW, columns=1), tmp_path / "out")
    assert load(tmp_path / "out" / "synthesis.yaml") == NOTHING
    assert {path.name for path in tmp_path.iterdir()} == {dataset.folder.name, "out"}


def test_the_same_seed_makes_the_same_figures(dataset: RawDataset, tmp_path: Path):
    figures = []
    for folder, seed in (("a", 1), ("b", 1), ("c", 101)):  # rows choose among neighbouring seeds
        write_preview(dataset, PreviewOptions(FEW, columns=1, seed=seed), tmp_path / folder)
        figures.append([path.read_bytes() for path in sorted((tmp_path / folder).glob("*.png"))])
    assert figures[0] == figures[1]
    assert all(one != other for one, other in zip(figures[0], figures[2], strict=True))


def test_heads_are_up_and_faces_to_the_left():
    ax = Canvas(1, 1).panel(0, 0, 1, 1)
    show_image(ax, np.arange(6.0).reshape(3, 2), (0, 5))
    np.testing.assert_array_equal(ax.images[0].get_array(), [[5, 4], [3, 2], [1, 0]])
    show_labels(ax, np.array([[0, 1], [0, 0], [-1, 0]]), Palette.of({"background": 0, "canal": 1}))
    np.testing.assert_array_equal(ax.images[1].get_array()[..., 3] > 0, [[0, 0], [0, 0], [1, 0]])


def test_every_label_has_a_colour():
    palette = Palette.of({**LABELS, "whole": [1, 2, 6]})
    assert palette.names == {1: "vertebra_L5", 2: "vertebra_L4", 3: "disc_L4_L5", 4: "canal", 5: "ignore", 6: "6"}
    assert len(set(palette.colours.values())) == 6
    assert palette.colours[5] == "#999999"


def test_a_data_set_of_single_slices(dataset: RawDataset, tmp_path: Path):
    slices = np.zeros((1, 40, 48), np.uint8)
    slices[0, 10:20, 10:20] = 4
    write_case(dataset.folder, "flat", slices)
    write_preview(dataset, PreviewOptions(FEW, cases=["flat"], columns=1), tmp_path / "out")
    assert "| sagittal 0 | flat | 48 x 40 |" in (tmp_path / "out" / "README.md").read_text()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"columns": 0}, "columns: expected 1 or more, got 0"),
        ({"seed": -1}, "seed: expected 0 or more"),
        ({"slice": -1}, "slice: expected 0 or more"),
        ({"plane": "oblique"}, "plane: expected one of sagittal, coronal, axial, got 'oblique'"),
    ],
)
def test_impossible_options_are_refused(options: dict, message: str):
    with pytest.raises(ValueError, match=message):
        PreviewOptions(FEW, **options)


def test_the_command(dataset: RawDataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "few.yaml").write_text("preset: report\nspatial: {probability: 0}\n")
    command = ["preview", str(dataset.folder), "--settings", "few.yaml", "--columns", "1", "--cases", "1_t1"]
    assert main(command) == 0
    assert (tmp_path / "preview_Dataset501_Two" / "contact_sheet.png").is_file()
    assert "preview_Dataset501_Two" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "data set nowhere: expected an id"),
        (["{folder}", "--preset", "sprine"], "preset: expected one of spine"),
        (["{folder}", "--cases", "3_t1"], "no training case 3_t1; there are 1_t1, 2_t1"),
        (["{folder}", "--slice", "5"], "slice: expected less than 5"),
        (["{folder}", "--plane", "oblique"], "plane: expected one of"),
    ],
)
def test_wrong_input_ends_with_code_2(
    arguments: list[str], message: str, dataset: RawDataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    out = tmp_path / "out"
    assert main(["preview", *(a.format(folder=dataset.folder) for a in arguments), "--output", str(out)]) == 2
    assert message in capsys.readouterr().err
    assert not out.exists()


def test_an_image_that_is_not_finite_is_named(dataset: RawDataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    import nibabel as nib

    path = dataset.cases()[0].images[0]
    nib.save(nib.Nifti1Image(np.full((5, 40, 48), np.nan, np.float32), nib.load(path).affine), path)
    assert main(["preview", str(dataset.folder), "--output", str(tmp_path / "out")]) == 2
    assert "1_t1_0000.nii.gz: expected finite intensities" in capsys.readouterr().err
