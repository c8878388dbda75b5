"""Results by names that can be read, and the report on them as they come."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from nnunet_spine.experiments.engine import reports as reports_module
from nnunet_spine.experiments.engine.reports import Reports, report_line
from nnunet_spine.experiments.engine.results import comparison, gather_results
from nnunet_spine.experiments.engine.states import Watch
from nnunet_spine.experiments.job.records import write_done
from nnunet_spine.experiments.nodes import Graph, Node
from nnunet_spine.experiments.workspace import Workspace

from .made_graphs import made_graph, made_node, wait_until

FIRST = made_node("evaluate", "evaluate synthetic + 5 patients, t2, fold 0")
SECOND = made_node("evaluate", "evaluate synthetic: 5 patients, t2, fold 0")
COUNTED = "import pathlib; p = pathlib.Path({path!r}); p.write_text((p.read_text() if p.exists() else '') + 'x')"


@pytest.fixture
def graph(tmp_path: Path) -> Graph:
    """Two nodes with results; the second has two files."""
    nodes = tmp_path / "nodes"
    files = {FIRST.id: ("a.jsonl",), SECOND.id: ("all.jsonl", "mid.jsonl")}
    named = {id_: tuple(str(nodes / id_ / name) for name in names) for id_, names in files.items()}
    for file in (file for some in named.values() for file in map(Path, some)):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return made_graph(tmp_path, FIRST, SECOND, results=named)


def gather(graph: Graph) -> list[str]:
    return [path.name for path in gather_results(graph, Watch(graph).look())]


def finish(graph: Graph, node) -> None:
    write_done(Workspace(graph.workspace).node(node.id), 1.0)


def test_links_are_named_after_files_and_come_with_what_is_done(graph: Graph):
    assert gather(graph) == []
    finish(graph, SECOND)
    second = ["all.jsonl", "mid.jsonl"]
    assert gather(graph) == second
    finish(graph, FIRST)
    assert gather(graph) == ["a.jsonl", *second]


def test_names_that_are_taken_get_the_nodes_digest(graph: Graph):
    alike = made_node("evaluate", "evaluate synthetic + 5 patients; t2, fold 0")
    same = made_graph(graph.workspace, FIRST, alike, results=dict.fromkeys((FIRST.id, alike.id), ("/x/a.jsonl",)))
    finish(same, FIRST)
    Workspace(same.workspace).node(alike.id).folder.mkdir()
    finish(same, alike)
    digest = alike.id.removeprefix("evaluate-")
    assert gather(same) == ["a.jsonl", f"a_{digest}.jsonl"]


def test_results_of_changed_settings_take_the_place_of_earlier_ones(graph: Graph):
    finish(graph, FIRST)
    gather(graph)
    folder = graph.workspace / "made/results"
    (folder / "of_an_arm_that_is_gone.jsonl").touch()
    newer = graph.workspace / "newer.jsonl"
    newer.touch()
    changed = made_graph(graph.workspace, FIRST, results={FIRST.id: (str(newer),)})
    (name,) = gather(changed)
    assert (folder / name).samefile(newer)
    assert [path.name for path in folder.iterdir()] == [name]


def test_what_others_put_among_the_results_stays(graph: Graph):
    finish(graph, FIRST)
    gather(graph)
    folder = graph.workspace / "made/results"
    (folder / "notes.txt").write_text("mine")
    (folder / "more").mkdir()
    (folder / "gone.jsonl").symlink_to("nowhere")
    assert gather(graph) == ["a.jsonl"]
    assert sorted(path.name for path in folder.iterdir()) == ["a.jsonl", "more", "notes.txt"]


def test_without_links_results_are_copied(graph: Graph, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    finish(graph, FIRST)
    (name,) = gather(graph)
    assert not (graph.workspace / "made/results" / name).is_symlink()


@pytest.mark.parametrize("baseline", ["--real", None])
def test_files_are_compared_in_the_order_of_the_arms_with_the_baseline_as_soon_as_it_is_there(
    baseline: str | None, tmp_path: Path
):
    arms = ("--real", "+ texture", "+ artefacts")
    nodes = [Node("evaluate", f"evaluate {arm}, t2, fold 0", {"arm": arm}) for arm in arms]
    graph = made_graph(tmp_path, *nodes, results={node.id: (f"/x/{node.id}.jsonl",) for node in nodes})
    graph = replace(graph, baseline=baseline)
    for node in nodes:
        Workspace(tmp_path).node(node.id).folder.mkdir(parents=True)
    said = [f"--baseline={baseline}"] if baseline else []
    for done, options in ((nodes[1:], []), (nodes, said)):
        for node in done:
            finish(graph, node)
        found = gather_results(graph, Watch(graph).look())
        assert list(found.values()) == [node.id for node in done]
        end = ["--output", str(tmp_path / "made/report"), "--overwrite", "--title", "made", *options]
        assert comparison(graph, found, found.values()) == [*map(str, found), *end]
        assert comparison(replace(graph, steps=True), found, found.values())[-1] == "--steps"


PAGE = "import pathlib, sys; p = pathlib.Path(sys.argv[sys.argv.index('--output') + 1]); p.mkdir(exist_ok=True); "
PAGE += "(p / 'index.html').touch(); "


def reports(graph: Graph, program: str) -> Reports:
    (graph.workspace / "made").mkdir(exist_ok=True)
    return Reports(graph, (sys.executable, "-c", program))


def update_until_noted(one: Reports, some: dict[Path, str]) -> None:
    def noted() -> bool:
        one.update(some)
        return bool(one.note)

    wait_until(noted)


FEW = {Path("a.jsonl"): FIRST.id}
ALL = FEW | {Path("b.jsonl"): SECOND.id, Path("c.jsonl"): SECOND.id}


def test_reports_come_with_new_results_but_not_too_often(graph: Graph, monkeypatch: pytest.MonkeyPatch):
    count = graph.workspace / "count"
    one = reports(graph, PAGE + COUNTED.format(path=str(count)))
    one.update({})
    assert not count.exists()
    update_until_noted(one, FEW)
    assert one.note == f"Report on 1 of 3 files of results: {graph.workspace}/made/report/index.html"
    one.update(ALL)
    assert count.read_text() == "x", "too early"
    now = reports_module.time.monotonic()
    monkeypatch.setattr(reports_module.time, "monotonic", lambda: now + 1000)
    one.update(FEW)
    one.stop()
    assert count.read_text() == "x", "nothing new"
    one.note = ""
    update_until_noted(one, ALL)
    assert count.read_text() == "xx"
    assert one.finish(ALL).startswith("Report on all 3 files of results: ")
    assert count.read_text() == "xx", "there is one on all of them"


def test_a_later_run_without_news_writes_none_and_one_of_other_settings_does(graph: Graph):
    count = graph.workspace / "count"
    program = PAGE + COUNTED.format(path=str(count))
    reports(graph, program).finish(ALL)
    later = reports(graph, program)
    later.update(ALL)
    assert later.finish(ALL) == report_line(graph)
    assert count.read_text() == "x"
    for changed in (replace(graph, steps=True), replace(graph, results=dict(reversed(graph.results.items())))):
        assert report_line(changed).startswith("Report on results of earlier settings: ")
    reports(replace(graph, steps=True), program).finish(ALL)
    assert count.read_text() == "xx"


def test_without_a_page_there_is_no_report_whatever_was_written_down(graph: Graph):
    reports(graph, PAGE).finish(ALL)
    (graph.workspace / "made/report/index.html").unlink()
    assert report_line(graph) == ""
    assert not reports(graph, PAGE).is_on(ALL)


def test_a_report_that_fails_is_said_and_that_is_all(graph: Graph):
    one = reports(graph, "import sys; print('loading'); sys.exit('nnunet-spine compare: error: arms differ')")
    assert one.finish(FEW) == "No new report: nnunet-spine compare: error: arms differ"
    assert one.finish({}) == "No report: there are no results."
