"""Installation of nnunet-spine; build system and tools are configured in pyproject.toml."""

from setuptools import setup

setup(
    name="nnunet-spine",
    version="0.1.0",
    packages=["nnunet_spine", "nnunet_spine.cli", "nnunet_spine.synth", "nnunet_spine.networks", "nnunet_spine.discovery",
              "nnunet_spine.dataset_conversion", "nnunet_spine.trainers"],
    package_dir={
        "nnunet_spine.dataset_conversion": "dataset_conversion",
        "nnunet_spine.trainers": "trainers",
    },
    python_requires=">=3.10",
    install_requires=["nnunetv2>=2.8,<3"],
    entry_points={"console_scripts": ["nnunet-spine = nnunet_spine.cli:main"]},
)
