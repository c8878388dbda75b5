"""SPIDER's table of gradings."""

from pathlib import Path

import pytest

from nnunet_spine.evaluation.gradings import read_gradings
from nnunet_spine.phantom.tables import GRADING_COLUMNS

GRADINGS = "radiological_gradings.csv"
HEADER = ",".join(GRADING_COLUMNS)
REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "spider_space" / GRADINGS


def write(folder: Path, *rows: str, header: str = HEADER, line_end: str = "\n", encoding: str = "utf-8") -> Path:
    path = folder / GRADINGS
    path.write_bytes(line_end.join([header, *rows, ""]).encode(encoding))
    return path


def test_discs_of_a_patient_are_summed_up(tmp_path: Path):
    path = write(tmp_path, "7,1,2,1,1,0,1,1,0,5", "7,2,0,0,1,1,0,0,0,2", "7,3,1,0,0,0,1,0,1,2", "8,1,0,0,0,0,0,0,0,1")
    gradings = read_gradings(path)
    assert gradings.left_out == 0
    assert gradings.patients["7"] == {
        "graded_discs": 3,
        "pfirrmann_max": 5,
        "pfirrmann_mean": 3,
        "modic_max": 2,
        "modic_discs": 2,
        "endplate_changes": 3,
        "spondylolistheses": 1,
        "herniations": 2,
        "narrowed_discs": 1,
        "bulging_discs": 1,
    }
    assert gradings.patients["8"]["pfirrmann_max"] == 1
    assert gradings.patients["8"].keys() == gradings.patients["7"].keys()


@pytest.mark.parametrize(("line_end", "encoding"), [("\r\n", "utf-8-sig"), ("\n", "utf-8-sig"), ("\r\n", "utf-8")])
def test_tables_of_spreadsheets(tmp_path: Path, line_end: str, encoding: str):
    path = write(tmp_path, "7, 1,2,1,1,0,1,1,0,5 ", "", line_end=line_end, encoding=encoding)
    assert read_gradings(path).patients["7"]["pfirrmann_max"] == 5


def test_discs_that_there_are_not_are_left_out_and_counted(tmp_path: Path):
    gradings = read_gradings(write(tmp_path, "7,0,0,0,0,0,0,0,0,1", "7,1,0,0,0,0,0,0,0,4", "9,0,0,0,0,0,0,0,0,1"))
    assert gradings.left_out == 2
    assert gradings.patients.keys() == {"7"}
    assert gradings.patients["7"]["pfirrmann_mean"] == 4


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("7,1,0,0,0,0,0,0,0,6", r"line 2, column 'Pfirrman grade': expected 1 to 5, got 6"),
        ("7,1,4,0,0,0,0,0,0,1", r"line 2, column 'Modic': expected 0 to 3, got 4"),
        ("7,1,0,0,0,0,yes,0,0,1", r"line 2, column 'Disc herniation': expected a whole number, got 'yes'"),
        ("7,1,0,0,0,0,0,0,0", r"line 2, column 'Pfirrman grade': expected a whole number, got None"),
        ("A,1,0,0,0,0,0,0,0,1", r"line 2, column 'Patient': expected a whole number, got 'A'"),
    ],
)
def test_a_wrong_cell_is_named(tmp_path: Path, row: str, message: str):
    with pytest.raises(ValueError, match=rf"radiological_gradings\.csv, {message}"):
        read_gradings(write(tmp_path, row))


def test_a_disc_graded_twice(tmp_path: Path):
    with pytest.raises(ValueError, match="line 3: disc 1 of patient 7 is there twice"):
        read_gradings(write(tmp_path, "7,1,0,0,0,0,0,0,0,1", "7,1,0,0,0,0,0,0,0,2"))


def test_a_missing_column_is_named(tmp_path: Path):
    with pytest.raises(ValueError, match=r"radiological_gradings\.csv: no column 'Modic'; found Patient"):
        read_gradings(write(tmp_path, header=HEADER.replace("Modic", "Modic type")))


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00\x01"])
def test_what_is_no_table(tmp_path: Path, content: bytes):
    path = tmp_path / GRADINGS
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"radiological_gradings\.csv"):
        read_gradings(path)


@pytest.mark.skipif(not REAL.is_file(), reason=f"no {REAL}")
def test_the_real_table():
    gradings = read_gradings(REAL)
    assert gradings.left_out == 2
    assert len(gradings.patients) == 218
    assert sum(one["graded_discs"] for one in gradings.patients.values()) == 1518
    assert sum(one["herniations"] for one in gradings.patients.values()) == 72
