"""Where everything of a workspace lies.

What an experiment shares with others is named by its content, what is its own by its name:

    WORKSPACE/nodes/<kind>-<digest>/    what a node made, its log, and whether it is done, running or failed
    WORKSPACE/models/<digest>/          trained models as in nnUNet_results; the folds of one training are together
    WORKSPACE/<experiment>/             graph, progress, results and report of an experiment
    WORKSPACE/phantom/                  data of miniatures, in SPIDER's layout
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

NODES, MODELS, PHANTOM = SHARED = ("nodes", "models", "phantom")
"""Folders that no experiment can have for its own."""

MINIATURE = "_miniature"
"""What a miniature's name has after that of its experiment."""


@dataclass(frozen=True)
class Workspace:
    """Paths below the folder that the user chose."""

    folder: Path

    def node(self, id_: str) -> NodeFolder:
        """Folder of a node."""
        return NodeFolder(self.folder / NODES / id_)

    def models(self, digest: str) -> Path:
        """nnUNet_results of one training, all its folds."""
        return self.folder / MODELS / digest

    def experiment(self, name: str) -> Path:
        """Folder of an experiment."""
        return self.folder / name


@dataclass(frozen=True)
class NodeFolder:
    """Files of one node. `done` is written when all is made, at once; only whoever holds `lock` writes anything."""

    folder: Path

    @property
    def raw(self) -> Path:
        """nnUNet_raw of a node that makes a data set."""
        return self.folder / "nnUNet_raw"

    @property
    def preprocessed(self) -> Path:
        """nnUNet_preprocessed of a node that makes a data set or preprocesses one."""
        return self.folder / "nnUNet_preprocessed"

    @property
    def done(self) -> Path:
        """JSON: when, where and in how many seconds."""
        return self.folder / "done.json"

    @property
    def running(self) -> Path:
        """JSON: host, process, start, device of the job that holds the lock, and the process group of its command."""
        return self.folder / "running.json"

    @property
    def failed(self) -> Path:
        """JSON: cause and exit code of the last attempt, if it failed."""
        return self.folder / "failed.json"

    @property
    def lock(self) -> Path:
        """Locked by the job and its commands as long as one of them lives."""
        return self.folder / "lock"

    @property
    def log(self) -> Path:
        """Output of the commands, attempts one after the other."""
        return self.folder / "log.txt"
