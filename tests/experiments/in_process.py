"""Runs the commands of a graph's nodes in this process, where a program each would spend its time on imports.

What a job does besides (locks, logs, devices) is tested in test_job.py.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import multiprocessing
import multiprocessing.pool
import sys
import time
from importlib.metadata import entry_points
from pathlib import Path
from types import SimpleNamespace

import pytest

from nnunet_spine.cli import main
from nnunet_spine.experiments.job.environment import typed
from nnunet_spine.experiments.job.records import write_done
from nnunet_spine.experiments.job.run import write_files
from nnunet_spine.experiments.nodes import Command, Graph, Node
from nnunet_spine.experiments.workspace import NodeFolder, Workspace

_FINGERPRINT = "nnunetv2.experiment_planning.dataset_fingerprint.fingerprint_extractor"


def run_graph(graph: Graph, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make all nodes that are not done."""
    for id_, node in graph.nodes.items():
        if not workspace.node(id_).done.exists():
            make(node, workspace.node(id_), monkeypatch)


def make(node: Node, folder: NodeFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a node."""
    start = time.monotonic()
    folder.folder.mkdir(parents=True, exist_ok=True)
    write_files(node)
    for command in node.commands:
        with monkeypatch.context() as patched:
            run(command, patched, node.title)
    missing = [result for result in node.results if not Path(result).exists()]
    assert not missing, f"{node.title}: {missing} are not there"
    write_done(folder, time.monotonic() - start)


def run(command: Command, patched: pytest.MonkeyPatch, title: str) -> None:
    """Run one command; its output is shown if it fails."""
    words = typed(command, "cpu", 1)
    for name, value in command.variables.items():
        patched.setenv(name, value)
    patched.setattr("nnunet_spine.finetuning.run.run_command", lambda words: _call([*words], patched))
    _shorten_nnunet(patched)
    output = io.StringIO()
    try:
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            code = _call(words, patched)
    except BaseException as error:
        raise AssertionError(f"{title}: {' '.join(words)}\n{output.getvalue()[-4000:]}") from error
    assert not code, f"{title}: {' '.join(words)} ended with {code}\n{output.getvalue()[-4000:]}"


def _shorten_nnunet(patched: pytest.MonkeyPatch) -> None:
    """Leave out of nnU-Net what takes most of the time on tiny images and decides nothing that is tested."""
    # It forks and spawns a dozen processes for every list of files, and looks every 0.1 s whether they are done.
    pool = multiprocessing.pool.ThreadPool
    patched.setattr(multiprocessing, "get_context", lambda _: SimpleNamespace(Pool=pool))
    patched.setattr("nnunetv2.utilities.utils.Pool", pool)
    patched.setattr(f"{_FINGERPRINT}.sleep", lambda _: time.sleep(0.005))
    patched.setattr("nnunetv2.preprocessing.preprocessors.default_preprocessor.sleep", lambda _: time.sleep(0.005))
    # It draws a hundred million intensities for a fingerprint, from however few there are.
    extractor = importlib.import_module(_FINGERPRINT).DatasetFingerprintExtractor
    draw = extractor.collect_foreground_intensities
    few = staticmethod(lambda *args, num_samples, **options: draw(*args, **options))
    patched.setattr(extractor, "collect_foreground_intensities", few)
    # It predicts every image four times, mirrored, eight times in 3D.
    predictor = "nnunetv2.inference.predict_from_raw_data.nnUNetPredictor"
    patched.setattr(f"{predictor}._internal_maybe_mirror_and_predict", lambda self, images: self.network(images))
    # A figure a training would take a tenth of the time.
    patched.setattr("nnunetv2.training.logging.nnunet_logger.LocalLogger.plot_progress_png", lambda *_: None)


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
