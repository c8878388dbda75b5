"""A model and folders of images -> features, separation, figures: the order of the steps."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from nnunet_spine import __version__
from nnunet_spine.features.domains import Case, Domains, shared_patients, unseen
from nnunet_spine.features.embedding import FEWEST, Method, embed, require_packages
from nnunet_spine.features.extract import What, extract
from nnunet_spine.features.figures.embedding import embedding_figure
from nnunet_spine.features.figures.separation import separation_figure
from nnunet_spine.features.layers import choose_layers
from nnunet_spine.features.model import Network, load_network
from nnunet_spine.features.separation import Chance, separation
from nnunet_spine.features.table import FeatureTable, write_features
from nnunet_spine.figure_style import svg
from nnunet_spine.palette import Palette
from nnunet_spine.plumbing.files import make_writable, write_beside, write_text
from nnunet_spine.plumbing.lock import exclusive
from nnunet_spine.plumbing.wording import counted, listed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

log = logging.getLogger(__name__)

FEATURES, SEPARATION = "features.npz", "separation.csv"
_FIGURES = [f"{name}.{ending}" for name in ("separation", "embedding") for ending in ("svg", "png")]
_WRITTEN = (FEATURES, SEPARATION, *_FIGURES)
_DPI = 120


@dataclass(frozen=True)
class FeatureOptions:
    """What to look at, and how.

    Attributes:
        layers: names or patterns; none for the stages of encoder and decoder.
        structures: names of the model's labels; none for all that are in every domain, the background aside.
        slices: for a network of slices, how many of the middle of every image; None for all.
        unseen: nnU-Net's splits_final.json, to leave out patients that the fold was trained on.
        embedding: method of the figure of points, or none.
        chance: permutations and seed.
        device: see `nnunet_spine.steps.device.device_named`.
        command: the command line, for the record.
    """

    layers: Sequence[str] = ()
    structures: Sequence[str] = ()
    slices: int | None = None
    unseen: Path | None = None
    embedding: Method = "umap"
    chance: Chance = field(default_factory=Chance)
    device: str = "auto"
    command: str = ""

    def __post_init__(self) -> None:
        """Refuse impossible choices.

        Raises:
            ValueError: naming what was expected.
        """
        if self.slices is not None and self.slices < 1:
            raise ValueError(f"--slices: expected at least 1, got {self.slices}")
        if self.chance.permutations < 19:
            raise ValueError(f"--permutations: expected at least 19, for p = 0.05; got {self.chance.permutations}")


def features(
    model: str, domains: Domains, output: Path, options: FeatureOptions, overwrite: bool = False
) -> pd.DataFrame:
    """Find out in which layer of a model domains separate, and for which structure.

    Args:
        model: what a user calls it, with one fold; see `nnunet_spine.prediction.model.located`.
        domains: images and references.
        output: folder to write into.
        options: what to look at.
        overwrite: whether files there that have the names of the results may be replaced.

    Returns:
        The table of `separation`.

    Raises:
        ValueError: for input that does not fit; nothing is written then.
        OSError: if a file cannot be written.
    """
    _require_free(output, overwrite)
    require_packages(options.embedding)
    network = load_network(model, options.device)
    cases = domains.cases(network.files)
    if options.unseen is not None:
        cases = unseen(cases, options.unseen, network.fold)
    if shared := shared_patients(cases):
        told = counted(len(shared), "name"), listed(shared, 3)
        log.warning("%s of patients in several domains (%s): each counts as one person", *told)
    what = _what(network, options)
    output = output.resolve()
    with exclusive(output.with_name(f".{output.name}.lock"), str(output)):
        table = _in_every_domain(extract(network, cases, what), domains, what.structures, options.structures)
        return _write(output, table, network, options, _subject(network, cases))


def _write(output: Path, table: FeatureTable, network: Network, options: FeatureOptions, subject: str) -> pd.DataFrame:
    patients = table.by_patient()
    found = separation(patients, options.chance)
    output.mkdir(parents=True, exist_ok=True)
    about = {"version": __version__, "model": network.name, "command": options.command}
    write_features(output / FEATURES, table, about)
    write_text(output / SEPARATION, found.to_csv(index=False, float_format="%.5g", lineterminator="\n"))
    for name in _FIGURES:  # an earlier run may have drawn what this one does not
        (output / name).unlink(missing_ok=True)
    palette = Palette.of({name: values[0] for name, values in network.labels.items()})
    if "probe_accuracy" in found:
        _write_figure(output / "separation", separation_figure(found, palette, subject))
    points = _points(patients, options)
    if points:
        title = f"{subject}\n{options.embedding.upper()}, a point for every patient, domain and structure"
        _write_figure(output / "embedding", embedding_figure(patients.rows, points, title))
    return found


def _points(patients: FeatureTable, options: FeatureOptions) -> dict[str, object]:
    if options.embedding == "none":
        return {}
    if len(patients.rows) < FEWEST:
        log.warning("no embedding: %d points, at least %d are needed", len(patients.rows), FEWEST)
        return {}
    return {name: embed(matrix, options.embedding, options.chance.seed) for name, matrix in patients.layers.items()}


def _write_figure(path: Path, figure: Figure) -> None:
    write_text(path.with_suffix(".svg"), svg(figure, path.name, path.name))
    write_beside(path.with_suffix(".png"), lambda file: figure.savefig(file, format="png", dpi=_DPI))


def _what(network: Network, options: FeatureOptions) -> What:
    labels = network.labels
    if unknown := [name for name in options.structures if name not in labels]:
        raise ValueError(f"--structures: {', '.join(unknown)}: expected of {', '.join(labels)}")
    if options.slices is not None and len(network.tile) == 3:
        raise ValueError("--slices: the model sees volumes, not slices")
    names = options.structures or [name for name in labels if name != "background"]
    chosen = choose_layers(network.layers(), options.layers)
    return What([layer.name for layer in chosen], {name: labels[name] for name in names}, options.slices)


def _in_every_domain(
    table: FeatureTable, domains: Domains, structures: Iterable[str], named: Sequence[str]
) -> FeatureTable:
    """The table without structures that a domain has none of; whoever named them is told instead."""
    there = table.rows.groupby("structure")["domain"].nunique()
    missing = [name for name in structures if there.get(name, 0) < len(domains.images)]
    if missing and (named or set(missing) >= set(there.index)):
        raise ValueError(f"not in every domain: {', '.join(missing)}; name structures that are by --structures")
    if missing:
        log.warning("left out, since they are not in every domain: %s", ", ".join(missing))
    return table.where(~table.rows["structure"].isin(missing))


def _subject(network: Network, cases: Sequence[Case]) -> str:
    by = "references" if cases[0].reference else "the model's own segmentations, not references"
    return f"{network.name}\nstructures by {by}"


def _require_free(output: Path, overwrite: bool) -> None:
    if output.exists() and not output.is_dir():
        raise ValueError(f"--output: {output}: expected a folder, found a file")
    there = [name for name in _WRITTEN if (output / name).exists()]
    if there and not overwrite:
        raise ValueError(f"--output: {output}: {listed(there)} would be replaced; say --overwrite if they may be")
    if output.exists():
        make_writable(output)
