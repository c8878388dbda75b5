"""The page: whole, without network, with all figures and tables, with the numbers of the statistics, and escaped."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from nnunet_spine.comparison.compare import compare, draw_figures
from nnunet_spine.comparison.figures import Material
from nnunet_spine.comparison.options import CompareOptions
from nnunet_spine.comparison.reading.collect import collect
from nnunet_spine.comparison.statistics.summary import run_means, summarise
from nnunet_spine.comparison.tables.table import p_value
from nnunet_spine.evaluation.failures import MODES
from nnunet_spine.evaluation.metric import METRICS
from nnunet_spine.evaluation.results import Results

from .example import PATIENTS, make_results, write_all
from .pictured import with_files

EVIL = '<script>alert("x")</script> & <b>co'
VOID = {"meta", "input", "br", "hr", "img", "link"}


class Reader(HTMLParser):
    """Checks that tags are closed in order; gathers ids, addresses, texts and tables."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.tables: dict[str, list[list[str]]] = {}
        self.texts: list[str] = []
        self._table = ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        about = dict(attributes)
        self.ids += [about["id"]] if about.get("id") else []
        names = ("src", "href", "xlink:href", "action", "data", "poster")
        self.addresses += [about[name] for name in names if about.get(name)]
        if tag == "table":
            self._table = about["id"] or ""
            self.tables[self._table] = []
        if tag == "tr":
            self.tables[self._table].append([])
        if tag in ("td", "th"):
            self.tables[self._table][-1].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.texts.append(data)
        if self.open and self.open[-1] in ("td", "th"):
            self.tables[self._table][-1][-1] += data.strip()


Written = Callable[..., tuple[str, Reader]]


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of two arms whose files are there; one arm has a malicious name, and so have failures and commands."""
    folder = tmp_path_factory.mktemp("some")
    found = []
    for shift, arm in ((1, "Real"), (3, "Synth")):
        results = with_files(make_results(arm), folder, shift)
        run = replace(results.run, arm=EVIL if arm == "Synth" else arm, command=EVIL, trainer=EVIL)
        cases = [
            replace(case, failures=tuple(replace(one, detail=EVIL) for one in case.failures)) for case in results.cases
        ]
        found.append(Results(run, tuple(cases)))
    return write_all(folder / "rows", found)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """Writes a report."""

    def write(*paths: Path, **options: object) -> tuple[str, Reader]:
        page = compare(paths, tmp_path_factory.mktemp("report") / "report", CompareOptions(**options))
        text = page.read_text(encoding="utf-8")
        return text, Reader(text)

    return write


@pytest.fixture(scope="module")
def page(some: Path, written: Written) -> tuple[str, Reader]:
    return written(some, title=EVIL, cases=1)


def test_it_is_well_formed_and_has_no_id_twice(page):
    _, read = page
    assert len(read.ids) == len(set(read.ids))
    links = {address[1:] for address in read.addresses if address.startswith("#")}
    assert links <= set(read.ids)
    assert {"answer", "figures", "scores", "tests", "failures", "cases", "provenance"} <= links


def test_nothing_comes_from_elsewhere(page):
    text, read = page
    assert all(address.startswith(("#", "data:")) for address in read.addresses)
    spaces = ("http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink")
    assert set(re.findall(r"https?://[^\s\"'<>)]+", text)) <= set(spaces)
    assert "@import" not in text
    assert all(address.startswith(("#", "data:")) for address in re.findall(r"url\(['\"]?([^)'\"]*)", text))


def test_names_are_escaped(page):
    text, read = page
    assert EVIL not in text
    assert text.count("<script") == 2 + len(re.findall('<script type="application/json"', text))
    assert any(EVIL in one for one in read.texts)
    assert read.tables["table-overview"][2][0] == EVIL


def test_every_figure_is_there(page, some: Path):
    _, read = page
    figures = draw_figures(Material(collect([some])))
    assert figures
    assert {f"figure-{figure.key}" for figure in figures} <= set(read.ids)
    assert all(figure.title in read.texts and figure.caption for figure in figures)


def test_numbers_are_those_of_the_statistics(page, some: Path):
    _, read = page
    summary = summarise(collect([some]), "dice", "hd95_mm_penalised")
    head, *rows = read.tables["table-overview"]
    assert head == ["Arm", "all sequences", "T1", "T2"]
    for row in rows:
        for sequence, text in zip(("all", "t1", "t2"), row[1:], strict=True):
            cell = summary[
                (summary["measure"] == "dice")
                & (summary["arm"] == row[0])
                & (summary["sequence"] == sequence)
                & (summary["structure"] == "mean")
            ].iloc[0]
            numbers = f"{cell['mean']:.3f} [{cell['ci_low']:.3f}, {cell['ci_high']:.3f}], n = {cell['n_patients']}"
            missed = f", {cell['n_missed']} missed" if cell["n_missed"] else ""
            assert text.replace("\N{NO-BREAK SPACE}", " ") == numbers + missed
    canal = summary[
        (summary["measure"] == "hd95_mm_penalised") & (summary["sequence"] == "t1") & (summary["structure"] == "canal")
    ].set_index("arm")
    rows = [row for row in read.tables["table-hd95-mm-penalised-as-acquired-t1-counts"] if row[:2] == ["canal", "Real"]]
    assert rows[0][2].startswith(f"{canal.loc['Real', 'mean']:.2f} [")
    assert rows[0][5] == "{n_patients} ({n_cases})".format(**canal.loc["Real"])
    assert rows[0][6] == "1 of 8"  # missed


def test_every_metric_test_and_mode_is_there(page):
    _, read = page
    text = " ".join(read.texts)
    assert all(metric.label in read.texts for metric in METRICS.values())
    assert all(mode in text and definition in text for mode, definition in MODES.items())
    assert {
        "table-tests-dice-answer",
        "table-tests-dice",
        "table-ranking-dice",
        "table-stability",
    } <= read.tables.keys()
    assert {
        "table-failures-as-acquired",
        "table-failures-by-structure-as-acquired",
        "table-worst",
    } <= read.tables.keys()


def test_a_contrast_has_the_same_p_in_the_page_and_in_the_file(tmp_path: Path):
    rows = write_all(tmp_path / "rows", [make_results(f"nnUNetTrainer{arm}") for arm in ("Real", "Synth", "Mix")])
    page = compare([rows], tmp_path / "report", CompareOptions(images=False))
    shown = Reader(page.read_text(encoding="utf-8")).tables
    tests = pd.read_csv(page.parent / "tables/tests.csv")
    keys = {"answer": "tests-dice-answer", "images": "tests-dice-images", "baseline": "tests-dice"}
    assert list(tests["family"].drop_duplicates()) == list(keys)
    assert set(tests["first"]) | set(tests["second"]) == {"nnUNetTrainerReal", "nnUNetTrainerSynth", "nnUNetTrainerMix"}
    for family, key in keys.items():
        some = tests[tests["family"] == family]
        assert [row[7] for row in shown[f"table-{key}"][1:]] == [p_value(p) for p in some["p_holm"]]
        assert (some["family_size"] == len(some)).all()


def test_steps_are_a_table_and_a_family_where_they_are_asked_for(tmp_path: Path):
    arms = ("Synth", "Mix", "Real")
    rows = write_all(tmp_path / "rows", {arm: make_results(arm) for arm in arms})
    files = [rows / f"{arm}.jsonl" for arm in arms]
    page = compare(files, tmp_path / "report", CompareOptions(images=False, steps=True, baseline="Real"))
    tests = pd.read_csv(page.parent / "tables/tests.csv")
    steps = tests[tests["family"] == "steps"]
    assert list(zip(steps["first"], steps["second"], strict=True)) == [("Mix", "Synth"), ("Real", "Mix")]
    assert (steps["family_size"] == 2).all()
    (_, *shown) = Reader(page.read_text(encoding="utf-8")).tables["table-tests-dice-steps"]
    assert [(row[2], row[3], row[7]) for row in shown] == [
        (first, second, p_value(p))
        for first, second, p in zip(steps["first"], steps["second"], steps["p_holm"], strict=True)
    ]


def test_steps_that_share_no_image_have_no_table(tmp_path: Path):
    rows = write_all(
        tmp_path / "rows", [make_results("Real", sequences=("t1",)), make_results("Mix", sequences=("t2",))]
    )
    page = compare([rows], tmp_path / "report", CompareOptions(images=False, steps=True))
    shown = Reader(page.read_text(encoding="utf-8")).tables
    assert "table-overview" in shown
    assert "table-tests-dice-steps" not in shown


def test_the_page_says_what_is_tested_against_the_baseline(tmp_path: Path):
    about = ({}, {"condition": "noise", "level": 0.1}, {"condition": "synthetic"})
    some = [make_results(arm, scheme="14class", **one) for arm in ("Real", "Mix") for one in about]
    page = compare([write_all(tmp_path / "rows", some)], tmp_path / "report", CompareOptions(images=False))
    tests = pd.read_csv(page.parent / "tables/tests.csv").query("family == 'baseline'")
    assert set(tests["condition"]) == {"as acquired", "synthetic"}
    assert set(tests["structure"]) == {"vertebrae", "discs", "canal", "foreground", "mean"}
    text = page.read_text(encoding="utf-8")
    assert "all structures and images" not in text
    assert "Left out are conditions that come in levels, and single vertebrae and discs" in text


def test_it_says_how_numbers_were_made(page):
    _, read = page
    text = " ".join(read.texts)
    for known in ("nnUNetPlans", "Dataset511_Spine", "Fold", "as acquired; 16 cases of 8 patients", "nnunet_spine 0.1"):
        assert known in text
    assert "Wilcoxon's signed-rank tests" in text
    assert "HD95 is the larger of the two directed 95th percentiles" in text


def test_cases_have_pictures_of_all_arms(page):
    text, read = page
    found = re.findall(r'<script type="application/json" class="case-data">(.*?)</script>', text, re.DOTALL)
    assert 1 <= len(found) <= 2
    for one in found:
        data = json.loads(one)
        assert {prediction["name"] for prediction in data["predictions"]} == {"Real", EVIL}
        assert (data["total"], len(data["grey"])) == (4, len(data["slices"]))
    assert "No pictures" not in " ".join(read.texts)


def test_without_images(some: Path, written: Written):
    text, read = written(some, images=False)
    assert "case-data" not in text
    assert "JPEG" not in text
    assert "--no-images" in " ".join(read.texts)
    assert "table-worst" in read.tables


def test_pictures_that_are_gone_are_told(tmp_path: Path, written: Written):
    results = with_files(make_results("Real", patients=PATIENTS[:3]), tmp_path, 2)
    rows = write_all(tmp_path / "rows", [results])
    for path in (tmp_path / "predictions2").iterdir():
        path.unlink()
    text, read = written(rows, cases=2)
    assert "case-data" not in text
    assert sum("is not there any more" in one for one in read.texts) == 2
    assert sum(table.startswith("table-case-") for table in read.tables) == 2


def test_one_arm(tmp_path: Path, written: Written):
    rows = write_all(tmp_path / "rows", [make_results("Mix", patients=PATIENTS[:3])])
    text, read = written(rows)
    assert "Mix is the only arm, so there is nothing to compare it with." in read.texts
    assert 'id="tests"' not in text
    assert "No prediction shows any of the failures that are looked for." in read.texts


def test_runs_of_an_arm_are_shown_one_by_one(tmp_path: Path, written: Written):
    rows = [make_results("Real", seed=seed, patients=PATIENTS[:3]) for seed in (0, 1)]
    rows.append(make_results("Synth", scheme="14class", patients=PATIENTS[:3]))
    collection = collect([write_all(tmp_path / "rows", rows)])
    text, read = written(tmp_path / "rows", images=False)
    head, *found = read.tables["table-runs"]
    assert head == ["Images", "Arm", "Fold", "Seed", "Mean", "Patients"]
    means = run_means(collection, "dice")
    means = means[(means["sequence"] == "all") & (means["structure"] == "mean") & (means["arm"] == "Real")]
    assert [row[3:] for row in found] == [
        [f"{row.seed:g}", f"{row.mean:.3f}", str(row.n_patients)] for row in means.itertuples()
    ]
    assert "Left out, since not all runs were scored on them: vertebra L5" in text
    assert read.tables["table-failures-as-acquired"][1][0] == "all sequences"
    missed = next(row for row in read.tables["table-failures-as-acquired"] if row[:2] == ["T1", "missed structure"])
    assert missed[2:] == ["2 of 6 (33%)", "0 of 3 (0%)"]


def test_numbered_levels_and_conditions(tmp_path: Path, written: Written):
    conditions = [("as acquired", None), *(("resolution", level) for level in (2.0, 4.0))]
    rows = [
        make_results(arm, scheme="14class", patients=PATIENTS[:3], sequences=("t2",), condition=condition, level=level)
        for arm in ("Real", "Synth")
        for condition, level in conditions
    ]
    text, read = written(write_all(tmp_path / "rows", rows), images=False, metric="hd95_mm", baseline="Synth")
    assert read.tables["table-overview"][0] == ["Arm", "T2", "T2, resolution 2", "T2, resolution 4"]
    assert any(row[0] == "vertebra L5" for row in read.tables["table-hd95-mm-penalised-as-acquired-t2-counts"])
    assert {row[3] for row in read.tables["table-tests-hd95-mm-penalised"][1:]} == {"Synth"}
    folded = re.findall(r'<details class="condition">\n<summary>(.*?)</summary>(.*?)</details>', text, re.DOTALL)
    assert ("Dice: resolution", 2) in [(name, tables.count("<table")) for name, tables in folded]
    assert not any("table-dice-as-acquired" in tables for _, tables in folded)
    assert "table-failures-resolution" in read.tables
