"""What to type after images were degraded."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path


def following_commands(source: str | Path, folders: Sequence[Path], *, some: bool = False) -> str:
    """The commands that predict and score the images of every folder.

    Args:
        source: where the images came from; the references of a raw data set are found by it.
        folders: the folders of degraded images, side by side.
        some: whether there may be references of other cases too.
    """
    images = f"{shlex.quote(str(folders[0].parent))}/$name"
    return "\n".join(
        (
            "next, with the names of your data set, configuration, trainer and fold:",
            "  mkdir -p results",
            f"  for name in {' '.join(folder.name for folder in folders)}; do",
            f"    nnUNetv2_predict -i {images} -o predictions/$name -d DATASET -c CONFIGURATION -tr TRAINER -f FOLD",
            f"    nnunet-spine evaluate --reference {_references(Path(source))} --prediction predictions/$name "
            f"--images {images} --trainer TRAINER --fold FOLD --output results/$name.jsonl" + " --chill" * some,
            "  done",
            "  nnunet-spine compare results/*.jsonl --output report",
        )
    )


def _references(source: Path) -> str:
    folder = (source if source.is_dir() else source.parent).resolve()
    labels = folder.with_name(folder.name.replace("images", "labels"))
    return shlex.quote(str(labels)) if labels != folder and labels.is_dir() else "LABELS"
