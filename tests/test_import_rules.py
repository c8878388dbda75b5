"""Who may import whom: the table of the design, read off the sources without running them."""

from __future__ import annotations

import ast
import re
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = {
    "nnunet_spine": ROOT / "nnunet_spine",
    "nnunet_spine.dataset_conversion": ROOT / "dataset_conversion",
    "nnunet_spine.models": ROOT / "models",
    "nnunet_spine.trainers": ROOT / "trainers",
}
IMAGE_FILES = {"nibabel", "SimpleITK"}
FORBIDDEN = {
    "synth": {"nnunetv2", "batchgenerators", "batchgeneratorsv2", "nnunet_spine.losses", "nnunet_spine.training"},
    "losses": {"nnunetv2", "nnunet_spine.synth", "nnunet_spine.networks"},
    "networks": {"nnunetv2", "nnunet_spine.synth", "nnunet_spine.losses"},
    "evaluation": {"torch", "nnunetv2", "nnunet_spine.trainers", "nnunet_spine.comparison"},
    "comparison": {"torch", "nnunetv2", *IMAGE_FILES},
    "casebook": {"torch", "nnunetv2", "nnunet_spine.trainers", "nnunet_spine.comparison"},
    "degradation": {
        "torch",
        "nnunetv2",
        "nnunet_spine.synth",
        "nnunet_spine.trainers",
        "nnunet_spine.evaluation",
        "nnunet_spine.comparison",
    },
    "dataset_conversion": {"torch", "nnunet_spine.trainers", "nnunet_spine.synth", "nnunet_spine.evaluation"},
    "priors": {"torch", "nnunetv2", "nnunet_spine.trainers", "nnunet_spine.evaluation", "nnunet_spine.comparison"},
    "finetuning": {"nnunet_spine.synth", "nnunet_spine.evaluation", "nnunet_spine.comparison", "matplotlib", "pandas"},
    "experiments": {"torch", "nnunetv2", "matplotlib", *IMAGE_FILES, "nnunet_spine.synthesis", "nnunet_spine.steps"},
    "steps": {"nnunet_spine.experiments", "nnunet_spine.comparison", "matplotlib", "pandas"},
    "features": {"nnunet_spine.trainers", "nnunet_spine.evaluation", "nnunet_spine.comparison"},
    "training": {"nnunet_spine.trainers", "matplotlib", "pandas"},
    "prediction": {"nnunet_spine.synth", "nnunet_spine.evaluation", "nnunet_spine.comparison", "pandas"},
    "synthesis": {"nnunetv2", "nnunet_spine.trainers", "nnunet_spine.preview", "matplotlib"},
    "preview": {"nnunetv2", "nnunet_spine.trainers"},
    "trainers": {"nnunet_spine.evaluation", "nnunet_spine.comparison", "matplotlib"},
}
ONLY = {"labels": {"numpy"}, "plumbing": set(), "models": set(), "discovery": {"nnunet_spine.trainers"}}
"""What these may import beside the standard library and themselves."""

KNOWS_NNUNETS_TRAINING = {"trainers"}
"""An upgrade of nnU-Net touches these parts."""

EXTRAS = {"experiments": "EXPERIMENTS", "features": "FEATURES"}
"""Parts that need packages beyond those that are always installed, and their constant in setup.py."""

PACKAGES_OF = {
    "yaml": "pyyaml",
    "sklearn": "scikit-learn",
    "skimage": "scikit-image",
    "PIL": "pillow",
    "umap": "umap-learn",
}


def modules() -> dict[str, Path]:
    """Dotted name of every module -> its file."""
    found = {}
    for package, folder in FOLDERS.items():
        for path in folder.rglob("*.py"):
            parts = [*path.relative_to(folder).with_suffix("").parts]
            found[".".join([package, *(parts[:-1] if parts[-1] == "__init__" else parts)])] = path
    return found


def imports(name: str, path: Path) -> set[str]:
    """Everything that a module imports, in functions too: `from a import b` counts as a and as a.b."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
            parents = package[: len(package) + 1 - node.level] if node.level else []
            source = ".".join([*parents, *([node.module] if node.module else [])])
            found |= {source} | {f"{source}.{alias.name}" for alias in node.names}
    return found


def within(name: str, packages: set[str]) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)


def violations(name: str, imported: set[str]) -> set[str]:
    """The imports that the table does not allow a module."""
    part = name.split(".")[1] if "." in name else ""
    forbidden = FORBIDDEN.get(part, set()) | (set() if part == "cli" else {"nnunet_spine.cli"})
    forbidden = forbidden | (set() if part in KNOWS_NNUNETS_TRAINING else {"nnunetv2.training"})
    bad = {entry for entry in imported if within(entry, forbidden)}
    if part in ONLY:
        allowed = ONLY[part] | {f"nnunet_spine.{part}"} | sys.stdlib_module_names
        bad |= {entry for entry in imported if not within(entry, allowed)}
    return bad


@pytest.mark.parametrize("name", sorted(modules()))
def test_imports_keep_to_the_table(name: str):
    assert not violations(name, imports(name, modules()[name]))


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("nnunet_spine.synth.fields", "def f():\n    import nnunetv2.utilities"),
        ("nnunet_spine.evaluation.overlap", "from nnunet_spine import trainers"),
        ("nnunet_spine.losses.dice", "from ..networks import unet"),
        ("nnunet_spine.dataset_conversion.spider", "import torch"),
        ("nnunet_spine.labels", "import pandas"),
        ("nnunet_spine.phantom", "from nnunet_spine.cli import main"),
        ("nnunet_spine.training", "from nnunetv2.training.nnUNetTrainer import nnUNetTrainer"),
    ],
)
def test_the_table_notices_a_violation(name: str, source: str, tmp_path: Path):
    path = tmp_path / "module.py"
    path.write_text(source)
    assert violations(name, imports(name, path))


@pytest.mark.parametrize("name", sorted(modules()))
def test_every_imported_package_is_declared(name: str):
    extra = EXTRAS.get(name.split(".")[1] if "." in name else "")
    names = declared("install_requires") | (declared(extra) if extra else set())
    imported = {entry.split(".")[0] for entry in imports(name, modules()[name])}
    third_party = imported - sys.stdlib_module_names - {"nnunet_spine"}
    undeclared = {PACKAGES_OF.get(package, package).lower() for package in third_party} - names
    assert not undeclared, f"add to install_requires or to the part's extra in setup.py: {undeclared}"


@cache
def declared(where: str) -> set[str]:
    """Names of the packages of a list in setup.py: that of an argument, or of a constant."""
    setup = ast.parse((ROOT / "setup.py").read_text(encoding="utf-8"))
    (listed,) = (
        node.value
        for node in ast.walk(setup)
        if (isinstance(node, ast.keyword) and node.arg == where)
        or (isinstance(node, ast.Assign) and where in {ast.unparse(target) for target in node.targets})
    )
    return {re.match(r"[\w-]+", requirement)[0].lower() for requirement in ast.literal_eval(listed)}
