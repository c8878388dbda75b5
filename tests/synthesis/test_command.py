"""The command: a data set from beginning to end, and exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest

from nnunet_spine.cli import main
from nnunet_spine.plumbing.datasets import RawDataset


def test_a_data_set_by_id_name_and_folder(source: RawDataset, nnunet: Path, capsys: pytest.CaptureFixture[str]):
    command = ["synthesize", "501", "--output-id", "601", "--per-case", "1", "--processes", "1"]
    assert main(command) == 0
    assert len(list((nnunet / "raw" / "Dataset601_BlocksSynth" / "imagesTr").iterdir())) == 3
    for which in (source.name, str(source.folder)):
        assert main(["synthesize", which, *command[2:]]) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["502", "--output-id", "601"], "data set 502: not in"),
        (["501", "--output-id", "0"], "data set id: expected 1 to 999"),
        (["501", "--output-id", "601", "--preset", "sprine"], "preset: expected one of spine"),
        (["501", "--output-id", "601", "--settings", "nowhere.yaml"], "nowhere.yaml: cannot be read"),
        (["501", "--output-id", "601", "--processes", "0"], "processes: expected at least 1"),
        (["501", "--output-id", "601", "--name", "no/slash"], "data set name"),
    ],
)
def test_wrong_input_ends_with_code_2(
    arguments: list[str], message: str, source: RawDataset, nnunet: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["synthesize", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert not list((nnunet / "raw").glob("Dataset6*"))
