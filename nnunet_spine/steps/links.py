"""Links between the folders of a workspace, which hold when it is moved, or is mounted elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

NODES = "nodes"
"""Folder of a workspace that everything lies in which is linked; see `nnunet_spine.experiments.workspace`."""


def link(path: Path, source: Path) -> None:
    """Make a link: a relative one where both lie in the nodes of one workspace, for these move together.

    Args:
        path: of the link, in a folder that is there.
        source: what it leads to.
    """
    source, folder = source.resolve(), path.parent.resolve()
    nodes = next((parent for parent in (folder, *folder.parents) if parent.name == NODES), None)
    together = nodes is not None and source.is_relative_to(nodes)
    path.symlink_to(os.path.relpath(source, folder) if together else source, target_is_directory=source.is_dir())
