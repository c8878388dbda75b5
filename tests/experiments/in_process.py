"""Runs the commands of a graph's nodes in this process, where a program each would spend its time on imports.

What a job does besides (locks, logs, devices) is tested in test_job.py.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import multiprocessing
import multiprocessing.pool
import sys
from importlib.metadata import entry_points
from pathlib import Path
from types import SimpleNamespace

import pytest

from nnunet_spine.cli import main
from nnunet_spine.experiments.nodes import CORES, DEVICE, Command, Graph, Node
from nnunet_spine.experiments.workspace import NodeFolder


def run_graph(graph: Graph, folder_of: dict[str, NodeFolder], monkeypatch: pytest.MonkeyPatch) -> None:
    """Make all nodes that are not done."""
    for id_, node in graph.nodes.items():
        folder = folder_of[id_]
        if not folder.done.exists():
            make(node, folder, monkeypatch)


def make(node: Node, folder: NodeFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a node."""
    folder.folder.mkdir(parents=True, exist_ok=True)
    for file, text in node.files.items():
        Path(file).write_text(text)
    for command in node.commands:
        with monkeypatch.context() as patched:
            run(command, patched, node.title)
    missing = [result for result in node.results if not Path(result).exists()]
    assert not missing, f"{node.title}: {missing} are not there"
    folder.done.write_text(json.dumps({"here": True}))


def run(command: Command, patched: pytest.MonkeyPatch, title: str) -> None:
    """Run one command; its output is shown if it fails."""
    words = [word.replace(DEVICE, "cpu").replace(CORES, "1") for word in command.words]
    for name, value in command.variables.items():
        patched.setenv(name, value)
    # nnU-Net's pools are of spawned processes.
    patched.setattr(multiprocessing, "get_context", lambda _: SimpleNamespace(Pool=multiprocessing.pool.ThreadPool))
    output = io.StringIO()
    try:
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            code = _call(words, patched)
    except BaseException as error:
        raise AssertionError(f"{title}: {' '.join(words)}\n{output.getvalue()[-4000:]}") from error
    assert not code, f"{title}: {' '.join(words)} ended with {code}\n{output.getvalue()[-4000:]}"


def _call(words: list[str], patched: pytest.MonkeyPatch) -> int | None:
    program, *arguments = words
    if program == "nnunet-spine":
        return main(arguments)
    if program == "python":
        step = importlib.import_module(arguments[1])
        if hasattr(step, "end_forks_with_this_process"):
            patched.setattr(step, "end_forks_with_this_process", lambda: None)
        return step.main(arguments[2:])
    (entry,) = entry_points(group="console_scripts", name=program)
    patched.setattr(sys, "argv", words)
    return entry.load()()
