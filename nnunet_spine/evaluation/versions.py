"""What computed the numbers."""

from __future__ import annotations

import hashlib
import platform
from importlib.metadata import version
from pathlib import Path

from nnunet_spine import __version__, labels
from nnunet_spine.dataset_conversion import reading, trim, volume
from nnunet_spine.priors import tissue

_ELSEWHERE = (labels, reading, trim, volume, tissue)
"""Modules outside this package that what stands in a row depends on."""

_PACKAGES = ("numpy", "scipy", "nibabel", "SimpleITK")


def versions() -> dict[str, str]:
    """Versions of the packages, and a digest of the code of an evaluation, by which rows of changed code are told."""
    packages = {name: version(name) for name in _PACKAGES}
    return {
        "nnunet_spine": __version__,
        "nnunet_spine.evaluation": _digest_of_code(),
        "python": platform.python_version(),
        **packages,
    }


def _digest_of_code() -> str:
    folder = Path(__file__).parent
    files = {file.relative_to(folder).as_posix(): file for file in sorted(folder.rglob("*.py"))}
    files |= {module.__name__: Path(module.__file__) for module in _ELSEWHERE}
    digest = hashlib.sha256()
    for name, file in files.items():
        digest.update(name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]
