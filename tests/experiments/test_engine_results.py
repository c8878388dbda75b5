"""Results by names that can be read, and the report on them as they come."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from nnunet_spine.experiments.engine import results
from nnunet_spine.experiments.engine.results import Reports, gather_results
from nnunet_spine.experiments.engine.states import Watch
from nnunet_spine.experiments.job.records import write_done
from nnunet_spine.experiments.nodes import Graph
from nnunet_spine.experiments.workspace import Workspace

from .made_graphs import made_graph, made_node, wait_until

FIRST = made_node("evaluate", "evaluate synthetic + 5 patients, t2, fold 0")
SECOND = made_node("evaluate", "evaluate synthetic: 5 patients, t2, fold 0")
COUNTED = "import pathlib; p = pathlib.Path({path!r}); p.write_text((p.read_text() if p.exists() else '') + 'x')"


@pytest.fixture
def graph(tmp_path: Path) -> Graph:
    """Two nodes with results, of the same name once signs are gone; the second has two files."""
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


def test_links_are_named_after_titles_and_come_with_what_is_done(graph: Graph):
    assert gather(graph) == []
    finish(graph, SECOND)
    second = ["synthetic_5_patients_t2_fold_0_all.jsonl", "synthetic_5_patients_t2_fold_0_mid.jsonl"]
    assert gather(graph) == second
    finish(graph, FIRST)
    assert gather(graph) == ["synthetic_+_5_patients_t2_fold_0.jsonl", *second]


def test_names_that_are_taken_get_the_nodes_digest(graph: Graph):
    same = made_graph(graph.workspace, FIRST, SECOND, results=dict.fromkeys(graph.results, graph.results[FIRST.id]))
    alike = made_node("evaluate", "evaluate synthetic + 5 patients; t2, fold 0")
    same = made_graph(graph.workspace, FIRST, alike, results=dict.fromkeys((FIRST.id, alike.id), ("/x/a.jsonl",)))
    finish(same, FIRST)
    Workspace(same.workspace).node(alike.id).folder.mkdir()
    finish(same, alike)
    digest = alike.id.removeprefix("evaluate-")
    assert gather(same) == [
        "synthetic_+_5_patients_t2_fold_0.jsonl",
        f"synthetic_+_5_patients_t2_fold_0_{digest}.jsonl",
    ]


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


def test_without_links_results_are_copied(graph: Graph, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    finish(graph, FIRST)
    (name,) = gather(graph)
    assert not (graph.workspace / "made/results" / name).is_symlink()


def reports(graph: Graph, program: str) -> Reports:
    (graph.workspace / "made").mkdir(exist_ok=True)
    return Reports(graph, (sys.executable, "-c", program))


def update_until_noted(one: Reports, some: list[Path]) -> None:
    def noted() -> bool:
        one.update(some)
        return bool(one.note)

    wait_until(noted)


def test_reports_come_with_new_results_but_not_too_often(graph: Graph, monkeypatch: pytest.MonkeyPatch):
    count = graph.workspace / "count"
    one = reports(graph, COUNTED.format(path=str(count)))
    one.update([])
    assert not count.exists()
    some = [Path("a.jsonl")]
    update_until_noted(one, some)
    assert one.note == f"Report on 1 file of results: {graph.workspace}/made/report/index.html"
    one.update([*some, Path("b.jsonl")])
    assert count.read_text() == "x", "too early"
    now = results.time.monotonic()
    monkeypatch.setattr(results.time, "monotonic", lambda: now + 1000)
    one.update(some)
    one.stop()
    assert count.read_text() == "x", "nothing new"
    one.note = ""
    update_until_noted(one, [*some, Path("b.jsonl")])
    assert count.read_text() == "xx"
    assert one.finish([*some, Path("b.jsonl")]).startswith("Report on 2 files of results")
    assert count.read_text() == "xx", "there is one on all of them"


def test_a_report_that_fails_is_said_and_that_is_all(graph: Graph):
    one = reports(graph, "import sys; print('loading'); sys.exit('nnunet-spine compare: error: arms differ')")
    assert one.finish([Path("a")]) == "No report on 1 file of results: nnunet-spine compare: error: arms differ"
    assert one.finish([]) == "No report: there are no results."
