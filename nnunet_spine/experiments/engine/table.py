"""Every job of an experiment as a row of a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from nnunet_spine.experiments.engine.states import State
from nnunet_spine.experiments.nodes import Graph
from nnunet_spine.experiments.workspace import Workspace
from nnunet_spine.plumbing.files import write_text

COLUMNS = ("kind", "title", "status", "seconds", "host", "cause", "folder")


def write_table(graph: Graph, states: Mapping[str, State], path: Path) -> None:
    """Write jobs.csv: seconds are those of the attempt that made it."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for id_, state in states.items():
        node, folder = graph.nodes[id_], Workspace(graph.workspace).node(id_).folder
        host = state.record.get("host", "")
        table.writerow((node.kind, node.title, state.status, state.seconds, host, state.cause, folder))
    write_text(path, text.getvalue())
