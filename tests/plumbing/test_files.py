"""Files are whole or not there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nnunet_spine.plumbing.files import errors_in, make_writable, new_folder, write_beside, write_text


def test_text_is_written_as_it_is(tmp_path: Path):
    write_text(tmp_path / "a.csv", "é\r\nb\n")
    assert (tmp_path / "a.csv").read_bytes() == "é\r\nb\n".encode()


def test_a_failed_write_leaves_what_was_there(tmp_path: Path):
    def fail(file: object) -> None:
        file.write(b"half")
        raise OSError(28, "No space left on device")

    write_text(tmp_path / "a", "whole")
    with pytest.raises(OSError, match="No space left"):
        write_beside(tmp_path / "a", fail)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "whole"}


def test_a_file_is_on_the_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    synced = []
    monkeypatch.setattr("os.fsync", lambda _: synced.append((tmp_path / "a").exists()))
    write_text(tmp_path / "a", "whole")
    assert synced == [False]


def test_a_folder_that_takes_names_but_no_content_is_not_writable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        make_writable(tmp_path)


def test_a_writable_folder_is_made_and_left_empty(tmp_path: Path):
    make_writable(tmp_path / "a" / "b")
    assert list((tmp_path / "a" / "b").iterdir()) == []


def test_a_folder_that_cannot_be_is_told(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        make_writable(tmp_path / "file" / "b")


def test_errors_name_the_file_that_was_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def fail(source: object, *_: object) -> None:
        raise PermissionError(13, "Permission denied", str(source))

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(PermissionError) as error:
        write_text(tmp_path / "a", "x")
    assert error.value.filename == str(tmp_path / "a")
    with pytest.raises(FileNotFoundError, match="elsewhere"):
        write_beside(tmp_path / "a", lambda _: os.stat("elsewhere"))


def test_folders_that_were_made_and_stay_empty_go_again(tmp_path: Path):
    with new_folder(tmp_path / "a" / "b"):
        pass
    assert list(tmp_path.iterdir()) == []
    with new_folder(tmp_path / "a" / "b"):
        write_text(tmp_path / "a" / "b" / "c", "x")
    assert (tmp_path / "a" / "b" / "c").is_file()
    (tmp_path / "e").mkdir()
    with new_folder(tmp_path / "e"):
        pass
    assert (tmp_path / "e").is_dir()


def test_errors_are_renamed_by_where_the_files_lie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)

    def named(error: OSError) -> object:
        with (
            pytest.raises(OSError, match=r"gone|full|of whatever") as raised,
            errors_in([Path("work"), Path("x.json")], Path("out")),
        ):
            raise error
        return raised.value.filename

    assert named(OSError(2, "gone", "input.mha")) == "input.mha"
    assert named(OSError(2, "gone", str(tmp_path / "work/a"))) == "out"
    assert named(OSError(2, "gone", "x.json")) == "out"
    assert named(OSError(28, "full")) == "out"
    assert named(OSError(5, "of whatever")) is None
