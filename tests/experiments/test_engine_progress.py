"""What a person sees of a run, from the files that its jobs write."""

from __future__ import annotations

import errno
import io
import json
import math
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from nnunet_spine.experiments.engine.progress import View, Viewer
from nnunet_spine.experiments.engine.screen import Screen
from nnunet_spine.experiments.engine.states import State, Watch, state_of
from nnunet_spine.experiments.engine.status import status
from nnunet_spine.experiments.engine.summary import summary
from nnunet_spine.experiments.engine.time_left import TimeLeft, duration, time_left
from nnunet_spine.experiments.engine.training import Progress, TrainingLogs
from nnunet_spine.experiments.engine.versions import different_versions
from nnunet_spine.experiments.job import records
from nnunet_spine.experiments.job.locks import any_of
from nnunet_spine.experiments.job.records import (
    failed_by_itself,
    is_done,
    write_done,
    write_failed,
    write_group,
    write_running,
)
from nnunet_spine.experiments.nodes import Graph, Node
from nnunet_spine.experiments.workspace import NodeFolder, Workspace
from nnunet_spine.plumbing.files import read_json

from .made_graphs import made_graph, made_node

DATA = made_node("convert", "data")
DONE = made_node("train", "done", needs=[DATA])
BAD = made_node("train", "bad", needs=[DATA])
NEEDS_BAD = made_node("predict", "needs bad", needs=[BAD])
NEEDS_THAT = made_node("evaluate", "needs that", needs=[NEEDS_BAD])
NEXT = made_node("predict", "next", needs=[DONE])
NODES = (DATA, DONE, BAD, NEEDS_BAD, NEEDS_THAT, NEXT)


def folder_of(graph: Graph, node: Node) -> NodeFolder:
    folder = Workspace(graph.workspace).node(node.id)
    folder.folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def graph(tmp_path: Path) -> Graph:
    """Two nodes done, one failed."""
    graph = made_graph(tmp_path, *NODES)
    write_done(folder_of(graph, DATA), 10.0)
    write_done(folder_of(graph, DONE), 3600.0)
    write_failed(folder_of(graph, BAD), "no space left", 1)
    return graph


def write_log(
    folder: Path, epochs: int, name: str = "training_log_2026_1_1_00_00_00.txt", dice: str = "0.5, 0.7"
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["", "2026-01-01 00:00:00.000000: unpacking done..."]
    for epoch in range(epochs):
        said = (f"Epoch {epoch} ", "train_loss -0.5 ", f"Pseudo dice [{dice}] ", f"Epoch time: {10 + epoch}.0 s ")
        lines += [f"2026-01-01 00:00:00.000000: {one}" for one in said]
    (folder / name).write_text("\n".join([*lines, f"2026-01-01 00:00:00.000000: Epoch {epochs} ", ""]))


class TestStates:
    def test_of_all_nodes(self, graph: Graph):
        states = Watch(graph).look()
        assert [states[node.id].status for node in NODES] == ["done", "done", "failed", "blocked", "blocked", "waiting"]
        assert states[BAD.id].cause == "no space left"
        assert states[DONE.id].seconds == 3600

    def test_running_is_what_holds_the_lock(self, graph: Graph):
        folder = folder_of(graph, NEXT)
        write_running(folder, "cuda 1")
        with any_of([folder.lock], pytest.fail):
            assert state_of(folder).status == "running"
        stopped = state_of(folder)
        assert stopped.status == "stopped"
        assert "killed" in stopped.cause

    def test_of_a_job_that_was_told_to_stop(self, graph: Graph):
        write_failed(folder_of(graph, NEXT), "told to stop (SIGTERM)", 143, stopped=True)
        assert Watch(graph).look()[NEXT.id].status == "stopped"

    def test_attempts_are_forgotten_until_there_is_another_and_their_records_stay(self, graph: Graph):
        bad, killed = folder_of(graph, BAD), folder_of(graph, NEXT)
        write_running(killed, "cpu")
        watch = Watch(graph)
        watch.forget_attempts()
        states = watch.look()
        assert [states[node.id].status for node in (DATA, DONE, BAD, NEEDS_BAD, NEXT)] == [
            *("done", "done", "waiting", "waiting", "waiting")
        ]
        assert bad.failed.exists()
        assert killed.running.exists()
        write_failed(bad, "another", 1)
        with any_of([killed.lock], pytest.fail):
            states = watch.look()
        assert [states[node.id].status for node in (BAD, NEEDS_BAD, NEXT)] == ["failed", "blocked", "running"]

    @pytest.mark.parametrize("number", [errno.ESTALE, errno.EIO])
    def test_what_cannot_be_read_is_tried_again_and_else_is_as_it_was(
        self, number: int, graph: Graph, monkeypatch: pytest.MonkeyPatch
    ):
        watch, errors = Watch(graph), []

        def read(path: Path) -> object:
            if errors:
                raise errors.pop()
            return read_json(path)

        monkeypatch.setattr(records, "read_json", read)
        first = watch.look()
        errors += [OSError(number, "hiccup")]
        assert watch.look() == first, "the second try succeeds"
        errors += [OSError(number, "hiccup")] * 2
        assert watch.look() == first, "as at the look before"
        assert not errors
        errors += [OSError(number, "hiccup")] * 2
        with pytest.raises(OSError, match="hiccup"):
            Watch(graph).look()

    def test_records_that_a_power_cut_left_empty_count_as_none(self, graph: Graph):
        for node, name in ((DONE, "done"), (BAD, "failed"), (NEXT, "running")):
            getattr(folder_of(graph, node), name).write_bytes(b"\0\0")
        states = Watch(graph).look()
        assert [states[node.id].status for node in NODES] == ["done", *["waiting"] * 5]
        assert not is_done(folder_of(graph, DONE))
        assert not failed_by_itself(folder_of(graph, BAD))

    def test_what_was_deleted_is_asked_for_only_if_something_that_is_left_needs_it(self, graph: Graph):
        def left() -> list[Node]:
            states = Watch(graph).look()
            return [node for node in NODES if states[node.id].status != "done"]

        folder_of(graph, BAD).failed.unlink()
        write_done(folder_of(graph, BAD), 1.0)
        for node in (NEEDS_THAT, NEXT):
            write_done(folder_of(graph, node), 1.0)
        assert left() == []
        for node in (DATA, DONE):
            folder_of(graph, node).done.unlink()
        assert left() == []
        folder_of(graph, NEXT).done.unlink()
        assert left() == [DATA, DONE, NEXT]


class TestTraining:
    def test_no_epoch_is_finished(self, tmp_path: Path):
        logs = TrainingLogs()
        assert logs.progress(tmp_path / "none") is None
        write_log(tmp_path, 0)
        assert logs.progress(tmp_path) is None

    def test_grows_with_its_log(self, tmp_path: Path):
        logs = TrainingLogs()
        write_log(tmp_path, 2)
        assert logs.progress(tmp_path) == Progress(2, pytest.approx(0.6), 10.5)
        write_log(tmp_path, 3)
        assert logs.progress(tmp_path) == Progress(3, pytest.approx(0.6), 11)

    def test_pace_is_that_of_the_last_epochs(self, tmp_path: Path):
        write_log(tmp_path, 31)
        assert TrainingLogs().progress(tmp_path).pace_s == 35.5  # median of 31, ..., 40

    def test_of_classes_none_of_which_has_a_dice(self, tmp_path: Path):
        write_log(tmp_path, 1, dice="nan, nan")
        assert math.isnan(TrainingLogs().progress(tmp_path).dice)


class TestTimeLeft:
    def states(self, **statuses: str) -> dict[str, State]:
        seconds = {DATA.id: 10, DONE.id: 100}
        named = {node.title.replace(" ", "_"): node.id for node in NODES}
        states = {
            id_: State(statuses.get(name, "done"), {"seconds": seconds.get(id_, 7)}) for name, id_ in named.items()
        }
        return {id_: state if state.status == "done" else State(state.status) for id_, state in states.items()}

    def test_of_what_waits_is_as_long_as_others_of_its_kind(self, graph: Graph):
        states = self.states(bad="waiting")
        assert time_left(graph, states, {}, {}) == TimeLeft(100, ())

    def test_of_a_running_training_is_that_of_its_epochs(self, tmp_path: Path):
        training = made_node("train", "bad", needs=[DATA], epochs=50)
        like_it = made_node("train", "done", needs=[DATA], epochs=50)
        graph = made_graph(tmp_path, *({BAD.id: training, DONE.id: like_it}.get(node.id, node) for node in NODES))
        states = self.states(bad="running")
        progress = {training.id: Progress(10, 0.5, 2.0)}
        assert time_left(graph, states, progress, {training.id: 20}) == TimeLeft(80, ())
        states = self.states(bad="running", done="waiting")
        assert time_left(graph, states, progress, {training.id: 20}).seconds == 80 + 100, "50 epochs of 2 s follow"

    def test_is_shared_by_jobs_that_run_at_a_time_but_not_shorter_than_the_longest(self, tmp_path: Path):
        nodes = [made_node("train", str(number)) for number in range(7)]
        ids = [node.id for node in nodes]
        states = {id_: State("waiting") for id_ in ids}
        states |= {ids[0]: State("done", {"seconds": 100}), ids[1]: State("running"), ids[2]: State("running")}
        graph, begun_s = made_graph(tmp_path, *nodes), {ids[1]: 60, ids[2]: 60}
        assert time_left(graph, states, {}, begun_s) == TimeLeft((40 + 40 + 4 * 100) / 2, ())
        states |= dict.fromkeys(ids[3:], State("done", {"seconds": 100}))
        assert time_left(graph, states, {}, begun_s | {ids[1]: 101}) == TimeLeft(40, ("train",)), "overdue"
        assert time_left(graph, states, {}, begun_s | {ids[1]: 0}) == TimeLeft(100, ())

    def test_is_measured_by_jobs_of_as_many_epochs_and_the_same_configuration(self, tmp_path: Path):
        flat, deep = (Node("preprocess", name, {"configuration": name}) for name in ("2d", "3d_fullres"))
        done, like_it = (made_node("train", name, needs=[flat], epochs=9) for name in ("done", "like it"))
        longer, other = (
            made_node("train", "long", needs=[flat], epochs=10),
            made_node("train", "3d", needs=[deep], epochs=9),
        )
        states = {node.id: State("done", {"seconds": 100}) for node in (flat, deep, done)}
        for node, left in (
            (like_it, TimeLeft(100, ())),
            (longer, TimeLeft(0, ("train",))),
            (other, TimeLeft(0, ("train",))),
        ):
            graph = made_graph(tmp_path, flat, deep, done, node)
            assert time_left(graph, states | {node.id: State("waiting")}, {}, {}) == left

    def test_of_a_training_whose_epochs_are_over_is_not_none(self, tmp_path: Path):
        training = made_node("train", "in its validation", epochs=5)
        graph, states = made_graph(tmp_path, training), {training.id: State("running")}
        left = time_left(graph, states, {training.id: Progress(5, 0.5, 2.0)}, {training.id: 20})
        assert str(left) == "time left unknown"

    def test_what_cannot_be_made_takes_no_time(self, graph: Graph):
        assert (
            time_left(graph, self.states(bad="failed", needs_bad="blocked", needs_that="blocked"), {}, {}).seconds == 0
        )

    @pytest.mark.parametrize(
        ("left", "text"),
        [
            (TimeLeft(5400, ()), "about 1 h 30 min left"),
            (TimeLeft(0, ("train",)), "time left unknown"),
            (TimeLeft(600, ("predict", "evaluate")), "more than 10 min left (unknown for predict, evaluate)"),
        ],
    )
    def test_in_words(self, left: TimeLeft, text: str):
        assert str(left) == text

    def test_durations(self):
        texts = ["0 s", "59 s", "1 min", "59 min", "1 h 0 min", "23 h 59 min", "2 d 4 h"]
        assert [duration(s) for s in (0.4, 59, 61, 3540, 3600, 86340, 187_200)] == texts


def view_of(graph: Graph) -> View:
    return Viewer(graph).view(Watch(graph).look())


class TestView:
    def test_says_what_is_done_and_what_failed(self, graph: Graph):
        headline, kinds, failed = view_of(graph).lines()
        assert headline == "made: 2 of 6 jobs done, 1 waiting, 1 failed, 2 waiting for one that failed or stopped"
        assert kinds == "  convert 1/1, train 1/2, predict 0/2, evaluate 0/1"
        assert failed == "  FAILED bad: no space left"

    @pytest.mark.parametrize(
        ("finished", "said"),
        [
            (None, "epoch 1/20"),
            (4, "epoch 5/20  Dice 0.60  3 min left"),
            (20, "epoch 20/20  Dice 0.60  validation"),
        ],
    )
    def test_says_how_far_trainings_are(self, finished: int | None, said: str, tmp_path: Path):
        training = made_node("train", "train synthetic, fold 0", training=str(tmp_path / "fold_0"), epochs=20)
        graph = made_graph(tmp_path, training)
        folder = folder_of(graph, training)
        if finished:
            write_log(tmp_path / "fold_0", finished)
        with any_of([folder.lock], pytest.fail):
            write_running(folder, "cuda 1")
            (line,) = view_of(graph).running()
        assert line == f"{said} | train synthetic, fold 0"

    def test_says_where_jobs_run_if_that_is_not_the_same(self, tmp_path: Path):
        nodes = [made_node("train", name, training=str(tmp_path / name)) for name in ("a", "b")]
        graph = made_graph(tmp_path, *nodes)
        folders = [folder_of(graph, node) for node in nodes]
        with any_of([folders[0].lock], pytest.fail), any_of([folders[1].lock], pytest.fail):
            for number, folder in enumerate(folders):
                write_running(folder, f"cuda {number}")
            assert view_of(graph).running() == ["epoch 1  cuda 0 | a", "epoch 1  cuda 1 | b"]

    def test_numbers_are_seen_on_a_narrow_terminal(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((80, 24)))
        training = made_node("train", "a title " * 12, training=str(tmp_path / "fold_0"), epochs=20)
        graph = made_graph(tmp_path, training, *NODES[:3], name="a_study_of_many_arms_miniature")
        write_log(tmp_path / "fold_0", 12)
        with any_of([folder_of(graph, training).lock], pytest.fail):
            write_running(folder_of(graph, training), "cuda 1")
            Screen(output := Terminal()).show(view_of(graph))
        assert "  epoch 13/20  Dice 0.60  2 min left | a title" in output.getvalue()
        assert re.search(r"jobs done, (about|more than) .* left", output.getvalue())

    def test_says_how_long_other_jobs_run(self, graph: Graph):
        folder = folder_of(graph, NEXT)
        with any_of([folder.lock], pytest.fail):
            write_running(folder, "cpu")
            begun = (datetime.now(timezone.utc) - timedelta(minutes=5)).isoformat()
            folder.running.write_text(json.dumps(json.loads(folder.running.read_text()) | {"started": begun}))
            view = view_of(graph)
        assert view.running() == ["begun 5 min ago | next"]
        assert view.headline().startswith("made: 2 of 6 jobs done, time left unknown, 1 running, ")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class TestScreen:
    def test_of_a_file_gets_a_line_when_something_changed(self, graph: Graph, monkeypatch: pytest.MonkeyPatch):
        clock = moving_clock(monkeypatch)
        screen, before = Screen(output := io.StringIO()), view_of(graph)
        for _ in range(5):
            screen.show(before)
            clock(100)
        first = output.getvalue()
        assert first.count("2 of 6 jobs done") == 1
        assert first.count("FAILED bad: no space left") == 1
        write_done(folder_of(graph, NEXT), 1.0)
        screen.show(view_of(graph))
        second = output.getvalue().removeprefix(first)
        assert "3 of 6 jobs done" in second
        assert "FAILED" not in second, "said once"
        clock(601)
        screen.show(view_of(graph))
        assert output.getvalue().count("3 of 6 jobs done") == 2, "no ten minutes without a line"

    def test_of_a_file_gets_failures_at_once(self, graph: Graph, monkeypatch: pytest.MonkeyPatch):
        moving_clock(monkeypatch)
        screen = Screen(output := io.StringIO())
        screen.show(view_of(graph))
        write_failed(folder_of(graph, NEXT), "killed", 137)
        screen.show(view_of(graph))
        assert output.getvalue().endswith("FAILED next: killed\n")

    def test_of_a_terminal_is_drawn_anew_in_its_size(self, graph: Graph, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((30, 5)))
        screen, view = Screen(output := Terminal()), view_of(graph)
        screen.show(view, "a note")
        drawn = output.getvalue()
        assert [len(line) <= 29 for line in drawn.splitlines()] == [True] * 3
        assert "... and 2 lines more" in drawn
        screen.show(view)
        assert output.getvalue().removeprefix(drawn).startswith("\x1b[3F\x1b[J")
        screen.say("stays")
        screen.show(view)
        after = output.getvalue().partition("stays\n")[2]
        assert [line.split(":")[0] for line in after.splitlines()] == [line[:29].split(":")[0] for line in view.lines()]


def test_who_reads_the_screen_may_end_before_the_run():
    program = """
import os, sys, time
from nnunet_spine.experiments.engine.screen import Screen
screen = Screen(sys.stdout)
for number in range(5):
    screen.say(str(number))
    time.sleep(0.1)
sys.stderr.write("went on")
"""
    run = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    run.stdout.readline()
    run.stdout.close()
    assert run.stderr.read() == "went on"
    assert run.wait(30) == 0


def moving_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Replaces time.monotonic by a clock that is moved."""
    now = [1000.0]
    monkeypatch.setattr("nnunet_spine.experiments.engine.screen.time.monotonic", lambda: now[0])

    def move(seconds: float) -> None:
        now[0] += seconds

    return move


class TestStatus:
    def test_of_what_was_never_run(self, tmp_path: Path):
        with pytest.raises(ValueError, match=r"study was not run in .* yet"):
            status("study", Workspace(tmp_path))

    def test_while_it_runs_and_when_it_does_not(self, graph: Graph):
        folder = graph.workspace / "made"
        folder.mkdir()
        graph.write(folder / "graph.json")
        workspace = Workspace(graph.workspace)
        assert status("made", workspace)[-1].startswith("  not being run")
        with any_of([folder / "lock"], pytest.fail):
            assert status("made", workspace)[-1] == "  being run"
        left = folder_of(graph, NEXT)
        with any_of([left.lock], pytest.fail):
            write_running(left, "cuda 1")
            host, pid = socket.gethostname(), os.getpid()
            assert f"  left running: process {pid} on {host}; there kill {pid} ends it | next" in status(
                "made", workspace
            )
            write_group(left, 77)
            assert "; there kill -- -77 ends it | next" in status("made", workspace)[-2]
            with any_of([folder / "lock"], pytest.fail):
                assert not any("left running" in line for line in status("made", workspace))
        left.running.unlink()
        (folder / "report").mkdir()
        (folder / "report/index.html").touch()
        assert status("made", workspace)[-1] == f"  Report: {folder}/report/index.html"


def test_versions_that_differ_are_told(graph: Graph):
    states = Watch(graph).look()
    assert states[DONE.id].record["versions"].keys() >= {"Python", "nnunet-spine", "nnunetv2", "torch"}
    assert different_versions(states) == []
    record = states[DONE.id].record
    states[DONE.id] = State("done", record | {"versions": record["versions"] | {"torch": "1.0"}})
    torch = record["versions"]["torch"]
    line = f"Not all made by the same software: torch {torch} (1 job), 1.0 (1 job)"
    assert different_versions(states) == [line]
    assert line in summary(graph, states, Path("none"), False)


def test_the_summary_ends_with_causes(graph: Graph, tmp_path: Path):
    (tmp_path / "engine.log").write_text("one\nError: the engine's\n")
    write_running(folder_of(graph, NEXT), "cpu")
    lines = list(summary(graph, Watch(graph).look(), tmp_path / "engine.log", False))
    assert lines[0] == "made: 2 of 6 jobs done, 1 h 0 min of work in them."
    assert lines[-2].startswith("STOPPED next: ended without a word")
    assert lines[-1] == f"FAILED bad: no space left | {folder_of(graph, BAD).log}"
    assert not any("engine's" in line for line in lines)
    folder_of(graph, NEXT).running.unlink()
    lines = list(summary(graph, Watch(graph).look(), tmp_path / "engine.log", False))
    assert "  Error: the engine's" in lines, "nothing else says why it was not begun"
