"""Domains to compare: named folders of images, and whose image each one is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path

from nnunet_spine.plumbing.files import read_json
from nnunet_spine.plumbing.wording import listed
from nnunet_spine.training.patients import patients_of


@dataclass(frozen=True)
class Files:
    """How the files of a model's cases are named.

    Attributes:
        channels: number of images of a case, `CASE_0000` and on.
        ending: of images and references.
    """

    channels: int
    ending: str


@dataclass(frozen=True)
class Case:
    """An image of a domain.

    Attributes:
        domain: its name.
        name: of the case, such as `45_t1`.
        patient: whose image it is.
        images: a file for each channel.
        reference: its label map; None where the model's own segmentation takes its place.
    """

    domain: str
    name: str
    patient: str
    images: tuple[Path, ...]
    reference: Path | None = None


@dataclass(frozen=True)
class Domains:
    """What is asked for.

    Attributes:
        images: where the images of every domain lie, by its name: a folder, or cases of one as `FOLDER/*_t1`.
        references: folders of label maps, by the domain's name; a single one under "" is for all domains; none for the
            model's own segmentations.
    """

    images: Mapping[str, Path]
    references: Mapping[str, Path] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what cannot be compared.

        Raises:
            ValueError: if there are fewer than two domains, or references of some only.
        """
        if len(self.images) < 2:
            raise ValueError(f"--images: expected two or more domains, got {', '.join(self.images) or 'none'}")
        if not self.references or "" in self.references:
            return
        if odd := self.references.keys() ^ self.images.keys():
            raise ValueError(
                f"--references: expected one folder for all domains, one for each ({', '.join(self.images)}), or none; "
                f"got {', '.join(self.references)}, which differs in {', '.join(sorted(odd))}"
            )

    def cases(self, files: Files) -> list[Case]:
        """All cases, domain by domain, each in the order of names.

        Raises:
            ValueError: if a domain has none, or a file is missing.
        """
        return [case for domain, path in self.images.items() for case in self._cases(domain, path, files)]

    def _cases(self, domain: str, path: Path, files: Files) -> list[Case]:
        folder, pattern = (path, "*") if path.is_dir() else (path.parent, path.name)
        if not folder.is_dir() or (folder != path and not re.search(r"[*?\[]", pattern)):
            raise ValueError(
                f"--images {domain}: {path}: expected a folder, or cases of one by a pattern (FOLDER/*_t1)"
            )
        images = {case: paths for case, paths in _images(folder, files).items() if fnmatchcase(case, pattern)}
        if not images:
            raise ValueError(f"--images {domain}: {path}: expected images CASE_0000{files.ending}, found none")
        references = self.references.get(domain, self.references.get(""))
        patients = patients_of(list(images), folder.resolve().parent)
        cases = [Case(domain, name, patients[name], paths) for name, paths in images.items()]
        return cases if references is None else _with_references(cases, references, files)


def parse_domains(images: Sequence[str], references: Sequence[str]) -> Domains:
    """Domains as the command line says them: NAME=FOLDER each; references may be one folder without a name.

    Raises:
        ValueError: if they are said in another way.
    """
    plain = len(references) == 1 and "=" not in references[0]
    return Domains(
        _named("--images", images), {"": Path(references[0])} if plain else _named("--references", references)
    )


def unseen(cases: Sequence[Case], splits: Path, fold: str) -> list[Case]:
    """Those cases whose patients a fold was not trained on.

    Args:
        cases: to choose from.
        splits: nnU-Net's splits_final.json.
        fold: number of the model's fold.

    Raises:
        ValueError: if the fold is not in the file, or a domain has no such patient.
    """
    try:
        training = read_json(splits)[int(fold)]["train"]
    except (ValueError, LookupError, TypeError) as error:
        raise ValueError(f"--unseen: {splits}: expected nnU-Net's splits with fold {fold}: {error!r}") from error
    known = set(patients_of(training, splits.resolve().parent).values())
    left = [case for case in cases if case.patient not in known]
    if empty := sorted({case.domain for case in cases} - {case.domain for case in left}):
        raise ValueError(f"--unseen: the model was trained on every patient of {', '.join(empty)}")
    return left


def shared_patients(cases: Sequence[Case]) -> list[str]:
    """Names of patients who are in several domains."""
    domains: dict[str, set[str]] = {}
    for case in cases:
        domains.setdefault(case.patient, set()).add(case.domain)
    return sorted(patient for patient, some in domains.items() if len(some) > 1)


def _named(option: str, said: Sequence[str]) -> dict[str, Path]:
    named: dict[str, Path] = {}
    for text in said:
        name, equals, path = text.partition("=")
        if not (name and equals and path):
            raise ValueError(f"{option}: expected NAME=FOLDER, got {text}")
        if name in named:
            raise ValueError(f"{option}: {name} is named twice")
        named[name] = Path(path)
    return named


def _images(folder: Path, files: Files) -> dict[str, tuple[Path, ...]]:
    ending = f"_0000{files.ending}"
    names = sorted(path.name.removesuffix(ending) for path in folder.iterdir() if path.name.endswith(ending))
    images = {
        name: tuple(folder / f"{name}_{channel:04d}{files.ending}" for channel in range(files.channels))
        for name in names
    }
    missing = [path.name for paths in images.values() for path in paths if not path.is_file()]
    if missing:
        raise ValueError(f"{folder}: the model takes {files.channels} channels; missing are {listed(missing)}")
    return images


def _with_references(cases: Sequence[Case], folder: Path, files: Files) -> list[Case]:
    found = [replace(case, reference=folder / f"{case.name}{files.ending}") for case in cases]
    missing = [case.reference.name for case in found if case.reference and not case.reference.is_file()]
    if missing:
        raise ValueError(f"--references: {folder}: expected a label map of every case; missing are {listed(missing)}")
    return found
