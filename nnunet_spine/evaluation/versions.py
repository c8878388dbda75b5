"""What computed the numbers."""

from __future__ import annotations

import hashlib
import platform
from importlib.metadata import version
from pathlib import Path

from nnunet_spine import __version__

_PACKAGES = ("numpy", "scipy", "nibabel", "SimpleITK")


def versions() -> dict[str, str]:
    """Versions of the packages, and a digest of this package's code, by which rows of changed code are told apart."""
    packages = {name: version(name) for name in _PACKAGES}
    return {
        "nnunet_spine": __version__,
        "nnunet_spine.evaluation": _digest_of_code(),
        "python": platform.python_version(),
        **packages,
    }


def _digest_of_code() -> str:
    folder = Path(__file__).parent
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*.py")):
        digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]
