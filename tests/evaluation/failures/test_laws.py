"""What holds for all modes."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from nnunet_spine.dataset_conversion.reading import read_volume
from nnunet_spine.dataset_conversion.remap import apply_table
from nnunet_spine.dataset_conversion.volume import canonical
from nnunet_spine.evaluation.failures import MODES, FailureOptions, find_failures
from nnunet_spine.labels import CANAL, DISC, VERTEBRA, scheme_of
from nnunet_spine.phantom import write_phantom

from .drawing import SPACING_MM, Drawing, failures_of

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
VOLUMES = [DATA / "spider_space" / "masks" / f"{number}_t2_SPACE.mha" for number in (5, 18, 141)]
SLICES = [DATA / "spider_mid" / "masks" / f"{case}.mha" for case in ("65_t1", "69_t2")]


def broken(spine: Drawing) -> np.ndarray:
    """A prediction with a failure of most modes."""
    prediction = spine.labels()
    prediction[spine.disc(4)] = 0
    prediction[spine.body(4)][:, :, 7:9] = 0
    if not spine.numbered:  # it would be a part of either vertebra
        prediction[:, 61:66, 38:44] = spine.value(VERTEBRA)
    prediction[:, 60:76, 62:64] = prediction[:, 66:76, 60:66] = spine.value(DISC, 3)
    prediction[spine.canal()][:, :, 40:46] = 0
    prediction[2:4, 2:14, 60:75] = spine.value(CANAL)
    return prediction


def test_every_mode_of_a_broken_prediction(spine: Drawing):
    modes = {"missed structure", "split vertebra", "disc leak", "canal broken", "false positive"}
    assert set(spine.modes(broken(spine))) == modes | (set() if spine.numbered else {"merged vertebrae"})
    order = [list(MODES).index(mode) for mode in spine.modes(broken(spine))]
    assert order == sorted(order)


def test_no_failure_in_the_reference_itself(spine: Drawing):
    for reference in (spine.labels(), broken(spine), np.zeros_like(spine.labels())):
        for spacing_mm in (SPACING_MM, (4.0, 0.5, 0.5), (0.1, 0.1, 0.1)):
            assert spine.failures(reference, reference, spacing_mm) == ()


@pytest.fixture(scope="module")
def phantom(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_phantom(tmp_path_factory.mktemp("failures") / "phantom", 1, sequences=("t1",))
    return folder / "masks" / "1_t1.mha"


@pytest.mark.parametrize(("scheme", "extra"), [("4class", "ignore"), ("14class", "ignore"), ("14class", "background")])
def test_no_failure_in_a_perfect_prediction_of_a_phantom(phantom: Path, scheme: str, extra: str):
    assert_perfect(phantom, scheme, extra)


@pytest.mark.skipif(not VOLUMES[0].is_file(), reason=f"no real SPIDER volumes in {DATA}")
@pytest.mark.parametrize("path", VOLUMES, ids=lambda path: path.stem)
@pytest.mark.parametrize("scheme", ["4class", "14class"])
def test_no_failure_in_a_perfect_prediction_of_a_real_spine(path: Path, scheme: str):
    assert_perfect(path, scheme, "ignore")


@pytest.mark.skipif(not SLICES[0].is_file(), reason=f"no real SPIDER slices in {DATA}")
@pytest.mark.parametrize("path", SLICES, ids=lambda path: path.stem)
def test_no_failure_in_a_perfect_prediction_of_a_real_slice(path: Path):
    volume = canonical(read_volume(path))
    labels = scheme_of("4class").dataset_labels()
    assert failures_of(volume.data, volume.data.copy(), volume.grid.spacing_mm, labels) == ()


def assert_perfect(path: Path, scheme: str, extra: str) -> None:
    """Neither in the volume nor in single slices of it."""
    volume = canonical(read_volume(path))
    labels = apply_table(volume.data, scheme_of(scheme).lookup(extra))
    classes = scheme_of(scheme).dataset_labels(extra)
    for part in (labels, labels[[len(labels) // 2]], labels[[len(labels) // 4]]):
        perfect = np.where(part == classes.get("ignore"), 0, part)
        assert failures_of(part, perfect, volume.grid.spacing_mm, classes) == ()


def test_failures_do_not_depend_on_resolution(spine: Drawing):
    coarse = spine.failures(broken(spine))
    fine = spine.failures(
        *(labels.repeat(2, 0).repeat(2, 1).repeat(2, 2) for labels in (broken(spine), spine.labels())),
        spacing_mm=(0.5, 0.5, 0.5),
    )
    assert [(one.mode, one.structure) for one in fine] == [(one.mode, one.structure) for one in coarse]
    for a, b in zip(coarse, fine, strict=True):
        assert b.amount == pytest.approx(a.amount, rel=0.1)  # of a leak, the border lies between other voxels


def test_one_slice_has_the_same_failures(spine: Drawing):
    whole = spine.failures(broken(spine))
    slab = spine.failures(broken(spine)[2:3], spine.labels()[2:3], spacing_mm=(5.0, 1.0, 1.0))
    assert [(one.mode, one.structure) for one in slab] == [(one.mode, one.structure) for one in whole]


def test_failures_stay_when_the_image_grows(spine: Drawing):
    margin = [(3, 4), (5, 6), (7, 8)]
    grown = spine.failures(np.pad(broken(spine), margin), np.pad(spine.labels(), margin))
    for a, b in zip(spine.failures(broken(spine)), grown, strict=True):
        assert (b.mode, b.structure, b.amount, b.slice) == (a.mode, a.structure, a.amount, a.slice + 3)


def test_the_slice_is_the_one_with_most_of_it(spine: Drawing):
    prediction = spine.labels()
    prediction[1:4, 2:10, 60:70] = spine.value(CANAL)
    prediction[3, 2:10, 60:80] = spine.value(CANAL)
    (failure,) = spine.failures(prediction)
    assert failure.slice == 3


def test_ignored_voxels_count_nowhere():
    spine = Drawing("14class")
    ignore = scheme_of("14class").ignore_value
    reference, prediction = spine.labels(), spine.labels()
    reference[:, 2:22, 60:90] = ignore
    prediction[:, 2:22, 60:90] = spine.value(VERTEBRA, 6)
    reference[spine.disc(2)] = ignore
    assert spine.failures(prediction, reference) == ()


def test_regions_and_other_structures():
    """Values belong to the smallest structure that has them; what is not of the spine is missed or false as well."""
    labels = {"background": 0, "organ": (1, 2), "lesion": 2}
    reference = np.zeros((3, 40, 40), np.uint8)
    reference[:, 5:25, 5:25], reference[:, 10:16, 10:16] = 1, 2
    prediction = np.where(reference == 2, 1, reference)
    (failure,) = failures_of(reference, prediction, SPACING_MM, labels)
    assert (failure.mode, failure.structure, failure.amount) == ("missed structure", "lesion", pytest.approx(0.108))


@pytest.mark.parametrize("group", [VERTEBRA, CANAL, DISC])
def test_data_sets_with_one_structure(group: str):
    name = {VERTEBRA: "vertebrae", CANAL: "canal", DISC: "discs"}[group]
    classes = {"background": 0, name: 1}
    labels = (Drawing("4class").labels() == Drawing("4class").value(group)).astype(np.uint8)
    assert failures_of(labels, labels, SPACING_MM, classes) == ()
    (failure,) = failures_of(labels, np.zeros_like(labels), SPACING_MM, classes)
    assert (failure.mode, failure.structure) == ("missed structure", name)


def test_random_predictions_never_raise(spine: Drawing):
    rng = np.random.default_rng(0)
    values = [0, *(value for structure in spine.structures for value in structure.values)]
    for _ in range(5):
        prediction = rng.choice(values, spine.labels().shape).astype(np.uint8)
        for failure in spine.failures(prediction):
            assert failure.mode in MODES
            assert failure.structure in {structure.name for structure in spine.structures}
            assert np.isfinite(failure.amount)
            assert 0 <= failure.slice < prediction.shape[0]


def test_definitions_state_the_thresholds():
    defaults = {field.name: field.default for field in fields(FailureOptions)}
    stated = {
        "missed structure": [f"{defaults['found_fraction']:.0%}".replace("%", " %")],
        "missed piece": [f"{defaults['found_fraction']:.0%}".replace("%", " %")],
        "merged vertebrae": [f"{defaults['bridge_mm']:.0f} mm", "half"],
        "split vertebra": [f"{defaults['split_fraction']:.0%}".replace("%", " %")],
        "disc leak": [f"{defaults['leak_ml']} ml", f"{defaults['leak_border_mm']:.0f} mm"],
        "canal broken": [f"{defaults['canal_gap_mm']:.0f} mm"],
        "false positive": [f"{defaults['false_positive_ml']} ml", f"{defaults['false_positive_border_mm']:.0f} mm"],
        "border error": [f"{defaults['border_error_mm']:.0f} mm"],
    }
    for mode, (text, *others) in stated.items():
        assert all(part in MODES[mode] for part in (text, *others)), mode


def test_thresholds_can_be_set(classes: Drawing):
    prediction = classes.labels()
    prediction[:, 2:12, 60:70] = classes.value(CANAL)
    for least, count in ((0.4, 1), (0.6, 0)):
        found = classes.modes(prediction, options=FailureOptions(false_positive_ml=least))
        assert found.count("false positive") == count


def test_label_maps_must_be_of_one_shape(classes: Drawing):
    with pytest.raises(ValueError, match=r"expected reference and prediction of one shape .* \(4, 80, 110\)"):
        find_failures(classes.labels(), classes.labels()[:4], SPACING_MM, classes.structures, ())
