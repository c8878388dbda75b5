"""A graph is made whole and once, whatever happens to its jobs and to what runs them."""

from __future__ import annotations

import csv
import errno
import io
import os
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest

from nnunet_spine.experiments.engine import drive, snakemake
from nnunet_spine.experiments.engine.drive import run_graph
from nnunet_spine.experiments.engine.options import RunOptions
from nnunet_spine.experiments.engine.reports import Reports
from nnunet_spine.experiments.engine.states import state_of
from nnunet_spine.experiments.job.locks import is_held
from nnunet_spine.experiments.nodes import Graph, Node
from nnunet_spine.experiments.workspace import NodeFolder, Workspace
from nnunet_spine.plumbing.lock import exclusive

from .made_graphs import COUNT, made_graph, made_node, start_run, wait_until

pytest.importorskip("snakemake")

COMPARE = "import pathlib, sys; pathlib.Path('compared').write_text(' '.join(sys.argv[1:]))"
UNTIL_TOLD = f"{COUNT}; import os, time\nwhile not os.path.exists('go'): time.sleep(0.02)"
KILLED = "import os; os.kill(os.getppid(), 9); os.kill(os.getpid(), 9)"
UNTIL_REPAIRED = f"import pathlib; {COUNT}; pathlib.Path({{path!r}}).read_text()"


def run(graph: Graph, options: RunOptions | None = None) -> tuple[int, str]:
    """Exit code and what was shown, with a comparison that only says what it was asked."""
    shown = io.StringIO()
    reports = Reports(graph, (sys.executable, "-c", COMPARE.replace("compared", str(graph.workspace / "compared"))))
    return run_graph(graph, options or RunOptions(2), shown, reports), shown.getvalue()


def folder(graph: Graph, node: Node) -> NodeFolder:
    return Workspace(graph.workspace).node(node.id)


def runs(graph: Graph, *nodes: Node) -> list[int]:
    """How often the nodes' commands were run."""
    counts = (folder(graph, node).folder / "runs" for node in nodes)
    return [len(path.read_text()) if path.exists() else 0 for path in counts]


def test_what_fails_stops_nothing_but_what_needs_it_and_a_rerun_makes_only_that(tmp_path: Path):
    lacks = tmp_path / "lacks"
    data = made_node("convert", "data", COUNT)
    good = made_node("train", "good", COUNT, needs=[data])
    bad = made_node("train", "bad", UNTIL_REPAIRED.format(path=str(lacks)), needs=[data])
    lost = made_node("train", "lost", f"{COUNT}\n{KILLED}", needs=[data])
    result = made_node("evaluate", "evaluate good, fold 0", "open('rows.jsonl', 'w').close()", needs=[good])
    both = made_node("evaluate", "evaluate both", COUNT, needs=[good, bad])
    nodes = (data, good, bad, lost, result, both)
    rows = tmp_path / "nodes" / result.id / "rows.jsonl"
    graph = made_graph(tmp_path, *nodes, results={result.id: (str(rows),)})

    code, shown = run(graph)
    assert code == 1
    assert runs(graph, data, good, bad, lost, both) == [1, 1, 1, 1, 0]
    *_, stopped, failed = shown.splitlines()
    assert (
        stopped == f"STOPPED lost: ended without a word: killed, most often by the system for lack of memory, or the "
        f"machine went down | {folder(graph, lost).log}"
    )
    assert failed.startswith(f"FAILED bad: FileNotFoundError: [Errno 2] No such file or directory: '{lacks}'")
    assert "made: 3 of 6 jobs done" in shown
    assert "1 not begun, since they need one that is not made." in shown
    table = {row["title"]: row for row in csv.DictReader((tmp_path / "made/jobs.csv").open())}
    assert [table[node.title]["status"] for node in nodes] == ["done", "done", "failed", "stopped", "done", "blocked"]
    assert float(table["good"]["seconds"]) > 0
    link = tmp_path / "made/results/rows.jsonl"
    assert link.samefile(rows)
    asked = (tmp_path / "compared").read_text()
    assert asked == f"{link} --output {tmp_path / 'made/report'} --overwrite --title made"

    lacks.touch()
    (folder(graph, lost).folder / "log.txt").unlink()
    repaired = made_node("train", "not lost", COUNT, needs=[data])
    changed = made_graph(tmp_path, data, good, bad, repaired, result, both, results=graph.results)
    code, shown = run(changed)
    assert code == 0
    assert runs(changed, data, good, bad, repaired, both) == [1, 1, 2, 1, 1]
    assert "FAILED" not in shown

    assert run(changed)[0] == 0, "with nothing left to be made"
    assert runs(changed, data, good, bad, repaired, both) == [1, 1, 2, 1, 1]


def test_after_the_driver_was_killed_a_second_one_waits_for_its_jobs_and_makes_nothing_twice(tmp_path: Path):
    long = made_node("train", "long", UNTIL_TOLD)
    after = made_node("predict", "after", COUNT, needs=[long])
    graph = made_graph(tmp_path, long, after)
    first = start_run(graph)
    wait_until(lambda: runs(graph, long) == [1])
    os.kill(first.pid, signal.SIGKILL)
    first.wait(30)
    second = start_run(graph)
    log = folder(graph, long).log
    wait_until(lambda: "waits for another one that makes this node" in log.read_text())
    (folder(graph, long).folder / "go").touch()
    assert second.wait(60) == 0
    assert runs(graph, long, after) == [1, 1]


def test_an_interrupted_run_leaves_nothing_running_and_goes_on(tmp_path: Path):
    quick, long = made_node("convert", "quick", COUNT), made_node("train", "long", UNTIL_TOLD)
    graph = made_graph(tmp_path, quick, long)
    driver = start_run(graph)
    wait_until(lambda: runs(graph, quick, long) == [1, 1] and folder(graph, quick).done.exists())
    driver.send_signal(signal.SIGINT)
    shown = driver.communicate(timeout=60)[0]
    assert driver.returncode == 130
    assert "Stopped; checkpoints and all that is done stay. The same command goes on." in shown
    assert "1 stopped; trainings go on where they were." in shown
    assert not folder(graph, long).running.exists()
    with exclusive(tmp_path / "made/lock", "nothing"):
        pass
    (folder(graph, long).folder / "go").touch()
    assert run(graph)[0] == 0
    assert runs(graph, quick, long) == [1, 2]


def test_impatience_leaves_no_command_behind(tmp_path: Path):
    """A second and third interruption, while a command takes its time to end, kill nobody who would have ended it."""
    slow = "import signal, time; signal.signal(signal.SIGTERM, lambda *_: time.sleep(1) or exit())"
    graph = made_graph(tmp_path, node := made_node("train", "slow", f"{slow}\n{UNTIL_TOLD}"))
    driver = start_run(graph)
    wait_until(lambda: runs(graph, node) == [1])
    for _ in range(3):
        driver.send_signal(signal.SIGINT)
        time.sleep(0.2)
    assert driver.wait(60) == 130
    assert not is_held(folder(graph, node).lock)
    assert state_of(folder(graph, node)).status == "stopped"


def test_two_drivers_of_one_experiment_are_refused(tmp_path: Path):
    graph = made_graph(tmp_path, made_node("convert", "data", COUNT))
    with exclusive(tmp_path / "made/lock", "it"), pytest.raises(ValueError, match=r"experiment made in .*--status"):
        run(graph)


def test_as_many_jobs_as_gpus_each_with_its_own(tmp_path: Path):
    show = "import os, time; time.sleep(0.3); open('gpu', 'w').write(os.environ['CUDA_VISIBLE_DEVICES'])"
    nodes = [made_node("train", f"training {number}", show) for number in range(4)]
    graph = made_graph(tmp_path, *nodes)
    assert run(graph, RunOptions(8, ("4", "6")))[0] == 0
    assert {(folder(graph, node).folder / "gpu").read_text() for node in nodes} == {"4", "6"}
    logs = [folder(graph, node).log.read_text() for node in nodes]
    assert not any("waits for a free GPU" in log for log in logs), "Snakemake starts no more than there are GPUs"


def test_what_the_engine_itself_says_is_shown_when_it_fails(tmp_path: Path):
    graph = made_graph(tmp_path, made_node("convert", "data", COUNT))
    code, shown = run(graph, RunOptions(1, extra=("--no-such-option",)))
    assert code == 1
    assert "unrecognized arguments: --no-such-option" in shown
    assert runs(graph, *graph.nodes.values()) == [0]


def test_a_disk_that_is_full_for_the_table_does_not_end_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(drive, "write_table", full)
    node = made_node("convert", "data", COUNT)
    code, shown = run(made_graph(tmp_path, node))
    assert code == 0
    assert "No report: no space left on the disk" in shown


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_refuses_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(drive, "make_writable", full)
    graph = made_graph(tmp_path, made_node("convert", "data", COUNT))
    with pytest.raises(ValueError, match=f"{tmp_path} takes no files: no space left on the disk"):
        run(graph)
    assert not list(tmp_path.iterdir())


def test_a_disk_that_is_full_at_the_end_is_the_last_line_if_something_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    good, bad = made_node("convert", "good", COUNT), made_node("convert", "bad", "int('seven')")
    for nodes, last in (([good], "No report: there are no results."), ([good, bad], "takes no files: no space left")):
        once = iter([None])
        monkeypatch.setattr(drive, "make_writable", lambda _, once=once: next(once, 0) is None or full())
        _, shown = run(made_graph(tmp_path, *nodes))
        assert last in (shown.splitlines()[-1] if bad in nodes else shown)
        assert ("takes no files" in shown) == (bad in nodes)


def test_what_was_deleted_and_is_not_needed_is_not_made_again(tmp_path: Path):
    data = made_node("convert", "data", COUNT)
    result = made_node("evaluate", "result", COUNT, needs=[data])
    graph = made_graph(tmp_path, data, result)
    assert run(graph)[0] == 0
    shutil.rmtree(folder(graph, data).folder)
    code, shown = run(graph)
    assert (code, runs(graph, data, result)) == (0, [0, 1])
    assert "made: 2 of 2 jobs done" in shown
    more = made_graph(tmp_path, data, result, made_node("evaluate", "more", COUNT, needs=[data]))
    assert run(more)[0] == 0
    assert runs(more, *more.nodes.values()) == [1, 1, 1]


def test_a_workspace_may_have_braces_in_its_path(tmp_path: Path):
    graph = made_graph(tmp_path / "{x}", made_node("convert", "data", COUNT))
    assert run(graph)[0] == 0


def test_the_start_says_how_many_trainings_run_at_a_time(tmp_path: Path):
    _, shown = run(made_graph(tmp_path, made_node("train", "training", COUNT)), RunOptions(2))
    assert shown.startswith("Trainings at a time: 2, each 1 of 2 cores, 0.1 of ")


def test_without_snakemake_it_is_said_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(snakemake.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r'snakemake and pydantic: in a clone, pip install "\.\[experiments\]"'):
        run(made_graph(tmp_path))
