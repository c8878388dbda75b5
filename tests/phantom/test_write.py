"""Determinism, resuming, and refusals."""

from __future__ import annotations

import json

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

from nnunet_spine.cli import main
from nnunet_spine.phantom import is_written, write, write_phantom
from nnunet_spine.plumbing.lock import exclusive


def array(root, kind: str, name: str) -> np.ndarray:
    return sitk.GetArrayFromImage(sitk.ReadImage(str(root / kind / f"{name}.mha")))


def test_a_patient_depends_on_seed_and_number_only(phantom, tmp_path):
    """One sequence of one patient alone equals the same one among others."""
    alone = write_phantom(tmp_path / "alone", 1, ("t2",), seed=3)
    for kind in ("images", "masks"):
        assert np.array_equal(array(alone, kind, "1_t2"), array(phantom, kind, "1_t2"))
    other = write_phantom(tmp_path / "other", 1, ("t2",), seed=4)
    assert not np.array_equal(array(other, "masks", "1_t2"), array(phantom, "masks", "1_t2"))


def test_it_is_known_whether_all_is_written(tmp_path):
    out = write_phantom(tmp_path / "out", 1, ("t1",))
    assert is_written(out, 1, ("t1",))
    assert not is_written(out, 2, ("t1",))
    assert not is_written(out, 1, ("t1",), seed=1)
    assert not is_written(tmp_path / "none", 1, ("t1",))
    (out / "overview.csv").unlink()
    assert not is_written(out, 1, ("t1",))


def test_a_second_run_keeps_what_is_finished_and_makes_what_is_missing(tmp_path):
    out = write_phantom(tmp_path / "out", 2, ("t1",))
    kept, lost = out / "images" / "1_t1.mha", out / "images" / "2_t1.mha"
    before, bytes_before, table = kept.stat().st_mtime_ns, lost.read_bytes(), (out / "overview.csv").read_bytes()
    lost.unlink()
    write_phantom(out, 2, ("t1",))
    assert kept.stat().st_mtime_ns == before
    assert lost.read_bytes() == bytes_before
    assert (out / "overview.csv").read_bytes() == table
    assert not list(out.rglob("*.tmp"))
    assert [path.name for path in tmp_path.iterdir()] == ["out"], "no lock is left"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"patients": 0}, "patients: expected 1 or more, got 0"),
        ({"processes": 0}, "processes: expected 1 or more, got 0"),
        ({"seed": -1}, "seed: expected 0 or more, got -1"),
        ({"size": "huge"}, "size: expected one of tiny, small, full, got 'huge'"),
        (
            {"sequences": ("t1", "flair")},
            r"sequences: expected some of t1, t2, t2_SPACE, each once, got \['t1', 'flair'\]",
        ),
        ({"sequences": ()}, "sequences: expected some of"),
        ({"sequences": ("t1", "t1")}, "each once"),
    ],
)
def test_impossible_arguments_are_refused_before_anything_is_written(tmp_path, arguments, message):
    with pytest.raises(ValueError, match=message):
        write_phantom(tmp_path / "out", **{"patients": 1, **arguments})
    assert not (tmp_path / "out").exists()


def test_a_folder_with_other_things_is_refused(tmp_path):
    (tmp_path / "thesis.txt").write_text("three years of work")
    with pytest.raises(ValueError, match="is not empty and was not written by this command"):
        write_phantom(tmp_path, 1)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["thesis.txt"]


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(ValueError, match="is not empty"):
        write_phantom(tmp_path / "out", 1)


def test_a_phantom_of_other_settings_is_refused(phantom):
    with pytest.raises(ValueError, match="with other settings"):
        write_phantom(phantom, 2, ("t1", "t2", "t2_SPACE"), seed=4)


def test_unreadable_settings_are_refused(tmp_path):
    (tmp_path / ".phantom").mkdir()
    (tmp_path / ".phantom" / "settings.json").write_text("{")
    with pytest.raises(ValueError, match=r"settings\.json"):
        write_phantom(tmp_path, 1)


def test_settings_are_recorded(phantom):
    assert json.loads((phantom / ".phantom" / "settings.json").read_text())["seed"] == 3


def test_command_line(phantom, capsys):
    arguments = ["phantom", str(phantom), "--patients", "2", "--seed", "3", "--sequences", "t1", "t2", "t2_SPACE"]
    assert main(arguments) == 0
    assert "2 patients in" in capsys.readouterr().out
    arguments[3] = "1"
    assert main(arguments) == 0
    assert "2 patients in" in capsys.readouterr().out, "what is there counts, not what was asked for"
    assert main([*arguments, "--size", "huge"]) == 2
    assert "size: expected one of tiny, small, full" in capsys.readouterr().err


def test_what_the_file_system_refuses_is_one_message(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["phantom", str(tmp_path / "file" / "x"), "--patients", "1"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("nnunet-spine phantom: error: ")
    assert "file" in line


def test_a_full_disk_is_told_and_no_patient_counts(tmp_path, monkeypatch, capsys):
    def full(*args: object, **kwargs: object) -> None:
        raise RuntimeError("ITK ERROR: File cannot be written\nReason: No space left on device")

    monkeypatch.setattr(write.sitk, "WriteImage", full)
    assert main(["phantom", str(tmp_path / "out"), "--patients", "1"]) == 2
    assert "1_t1.mha cannot be written: Reason: No space left" in capsys.readouterr().err
    assert write.finished_patients(tmp_path / "out") == []


def test_two_runs_at_once_exclude_each_other(tmp_path):
    with (
        exclusive(tmp_path / ".out.lock", "it"),
        pytest.raises(ValueError, match=r"another process is working on .*out"),
    ):
        write_phantom(tmp_path / "out", 1)
    assert not (tmp_path / "out").exists()
