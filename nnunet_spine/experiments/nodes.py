"""The graph of an experiment: nodes with the commands that make them. Plain values, to be written and read as JSON."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, get_args

from nnunet_spine.plumbing.files import read_json, write_text

Kind = Literal[
    "convert", "synthesize", "degrade", "priors", "preprocess", "train", "finetune", "average", "predict", "evaluate"
]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""In the order in which a person thinks of them."""

ON_A_DEVICE: frozenset[Kind] = frozenset({"train", "finetune", "predict"})
"""Kinds of jobs that use a GPU where there is one."""

DEVICE, CORES = "{device}", "{cores}"
"""Words in commands that a job replaces by its torch device type and its number of cores."""


@dataclass(frozen=True)
class Command:
    """One command of a job.

    Attributes:
        words: program and arguments; `DEVICE` and `CORES` are replaced.
        variables: of the environment, beside those of the user.
    """

    words: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Node:
    """Something that is made once.

    Attributes:
        kind: what it is.
        title: for persons, such as `train synthetic, fold 0, seed 0`.
        settings: everything that decides about the result, as plain values: two nodes of the same kind, settings and
            needs are one.
        needs: ids of the nodes that it is made from.
        commands: that make it, one after the other; they may be repeated after an interruption and go on then.
        files: written before the commands run, text by path.
        results: files and folders that are there afterwards, or something is wrong.
        training: folder of nnU-Net's run, of `train` and `finetune`, for its log.
        epochs: how many epochs it has; None where that is not known.
    """

    kind: Kind
    title: str
    settings: Mapping[str, Any]
    needs: tuple[str, ...] = ()
    commands: tuple[Command, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    results: tuple[str, ...] = ()
    training: str | None = None
    epochs: int | None = None

    @cached_property
    def id(self) -> str:
        """Kind and a digest of settings and needs."""
        return address(self.kind, self.settings, self.needs)


def address(kind: str, settings: Mapping[str, Any], needs: Iterable[str] = ()) -> str:
    """Id of a node, by what decides about it: known before its commands are."""
    text = json.dumps([settings, sorted(needs)], sort_keys=True, ensure_ascii=True, allow_nan=False)
    return f"{kind}-{hashlib.sha256(text.encode('ascii')).hexdigest()[:16]}"


@dataclass(frozen=True)
class Need:
    """What a job of a kind is given."""

    cores: int
    memory_gb: float
    hours: float
    gpus: int


@dataclass(frozen=True)
class Graph:
    """All nodes of an experiment, each after those that it needs.

    Attributes:
        experiment: its name.
        workspace: folder that everything is in.
        nodes: by id.
        results: files of results of the `evaluate` nodes, by id, in the order of the experiment's arms.
        needs: of jobs, by kind.
        baseline: arm that the report measures the others against; None to compare all pairs.
        steps: whether the report tests every arm against the one before it too.
    """

    experiment: str
    workspace: Path
    nodes: Mapping[str, Node]
    results: Mapping[str, tuple[str, ...]]
    needs: Mapping[str, Need]
    baseline: str | None = None
    steps: bool = False

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        plain = asdict(self) | {"workspace": str(self.workspace)}
        write_text(path, json.dumps(plain, indent=1))


def read_graph(path: Path) -> Graph:
    """What `Graph.write` wrote."""
    plain = read_json(path)
    nodes = {id_: _node(**entry) for id_, entry in plain["nodes"].items()}
    results = {id_: tuple(files) for id_, files in plain["results"].items()}
    needs = {kind: Need(**need) for kind, need in plain["needs"].items()}
    return Graph(
        plain["experiment"],
        Path(plain["workspace"]),
        nodes,
        results,
        needs,
        plain.get("baseline"),
        plain.get("steps", False),
    )


def _node(needs: list[str], commands: list[dict[str, Any]], results: list[str], **rest: Any) -> Node:
    made = tuple(Command(tuple(command["words"]), command["variables"]) for command in commands)
    return Node(needs=tuple(needs), commands=made, results=tuple(results), **rest)
