"""Installation of nnunet-spine; build system and tools are configured in pyproject.toml.

Beside the packages, a wheel carries `nnunet_spine.pth` in its root, by which nnU-Net finds the trainers (see
nnunet_spine/discovery). setuptools has no setting for that, so the file is added to the wheels that it built, regular
and editable ones alike.
"""

import runpy
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from setuptools import find_packages, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.editable_wheel import editable_wheel
from wheel.wheelfile import WheelFile

ROOT = Path(__file__).parent
STARTUP_FILE = ROOT / "nnunet_spine/discovery/nnunet_spine.pth"
EXPERIMENTS = [
    "pydantic>=2.5",
    "snakemake>=9; python_version >= '3.11'",
    "snakemake-executor-plugin-slurm>=2.8; python_version >= '3.11'",
]
FEATURES = ["scikit-learn>=1.4", "umap-learn>=0.5.7"]
MAPPED = {
    "nnunet_spine.dataset_conversion": "dataset_conversion",
    "nnunet_spine.models": "models",
    "nnunet_spine.trainers": "trainers",
}


class WithStartupFile:
    """A command that builds a wheel, with the startup file added to what it built."""

    def run(self) -> None:
        """Build, then pack the wheel anew."""
        super().run()
        for wheel in Path(self.dist_dir).glob("nnunet_spine-*.whl"):
            add_to_root(wheel, STARTUP_FILE)


class BdistWheel(WithStartupFile, bdist_wheel):
    """The wheel of `pip install .`."""


class EditableWheel(WithStartupFile, editable_wheel):
    """The wheel of `pip install -e .`."""


def add_to_root(wheel: Path, file: Path) -> None:
    """Put a file into the root of a wheel and list it in the wheel's RECORD, so that pip uninstalls it too."""
    with TemporaryDirectory() as folder:
        with WheelFile(wheel) as archive:
            archive.extractall(folder)
        shutil.copy(file, folder)
        wheel.unlink()
        with WheelFile(wheel, "w") as archive:
            archive.write_files(folder)


def packages() -> list[str]:
    """Every package below nnunet_spine and below the folders that are mapped into it."""
    found = find_packages(str(ROOT), include=["nnunet_spine", "nnunet_spine.*"])
    for name, folder in MAPPED.items():
        found += [name, *(f"{name}.{package}" for package in find_packages(str(ROOT / folder)))]
    return found


setup(
    name="nnunet-spine",
    version=runpy.run_path(str(ROOT / "nnunet_spine/__init__.py"))["__version__"],
    description="Lumbar spine MRI segmentation of any contrast and resolution: a plugin for nnU-Net v2",
    long_description=(ROOT / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license_expression="Apache-2.0",
    license_files=["LICENSE"],
    keywords=["nnU-Net", "segmentation", "MRI", "lumbar spine", "synthetic data", "SPIDER"],
    classifiers=[
        "Development Status :: 3 - Alpha",
        "Intended Audience :: Healthcare Industry",
        "Intended Audience :: Science/Research",
        "Operating System :: OS Independent",
        "Programming Language :: Python :: 3",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
        "Topic :: Scientific/Engineering :: Image Processing",
        "Topic :: Scientific/Engineering :: Medical Science Apps.",
    ],
    packages=packages(),
    package_dir=MAPPED,
    package_data={
        "nnunet_spine.discovery": ["ext/*.py", "*.pth"],
        "": ["*.yaml", "*.json", "*.csv"],
        "nnunet_spine.comparison.page": ["templates/*"],
        "nnunet_spine.experiments.engine": ["Snakefile"],
        "nnunet_spine.models": ["*.zip", "*.md"],
    },
    python_requires=">=3.10",
    # nnU-Net bounds the versions of what it uses itself.
    install_requires=[
        "nnunetv2>=2.8,<3",
        "batchgeneratorsv2",
        "dynamic_network_architectures",
        "jinja2",
        "markupsafe",
        "matplotlib",
        "nibabel",
        "numpy",
        "pandas>=2.1",
        "pillow",
        "pyyaml",
        "scipy>=1.15",
        "SimpleITK",
        "torch",
        "tqdm",
    ],
    # One version of ruff, since another formats otherwise; MONAI, MedPy and statsmodels as oracles; setuptools
    # for tests that build the package without network.
    # `bench`: what the benchmarks compare with, in the versions that were measured.
    extras_require={
        "experiments": EXPERIMENTS,
        "features": FEATURES,
        "dev": [
            *EXPERIMENTS,
            *FEATURES,
            "medpy",
            "monai",
            "pre-commit",
            "pytest>=8",
            "pytest-xdist>=3.6",
            "ruff~=0.17.5",
            "setuptools>=77",
            "statsmodels>=0.14",
        ],
        "bench": ["cornucopia==0.5.1", "monai", "panoptica==2.1.7", "torchio==1.2.1"],
    },
    entry_points={"console_scripts": ["nnunet-spine = nnunet_spine.cli:main"]},
    cmdclass={"bdist_wheel": BdistWheel, "editable_wheel": EditableWheel},
)
