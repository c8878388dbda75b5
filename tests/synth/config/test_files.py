import json
from pathlib import Path

import pytest

from nnunet_spine import __version__
from nnunet_spine.synth.config import PRESETS, TissuePrior
from nnunet_spine.synth.config.files import FITTED_FORMAT, dump, load, parse, read_fitted
from nnunet_spine.synth.config.plain import from_dict
from nnunet_spine.synth.ranges import normal, uniform

SEQUENCES = {"t1": {"vertebra": {"mean": {"normal": [0.4, 0.1]}, "std": [0.02, 0.1]}, "disc": {"mean": 1, "std": 0}}}
FITTED = {
    "t1": {
        "vertebra": TissuePrior(normal(0.4, 0.1), uniform(0.02, 0.1)),
        "disc": TissuePrior(uniform(1), uniform(0)),
    }
}


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def write_fitted(path: Path, **changes: object) -> Path:
    return write(path, json.dumps({"format": FITTED_FORMAT, "sequences": SEQUENCES, "cases": 3, **changes}))


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_the_same_after_the_way_through_a_file(name, tmp_path):
    text = dump(PRESETS[name])
    assert text.splitlines()[0] == f"# Settings of synthesis, nnunet-spine {__version__}, preset {name}"
    assert load(write(tmp_path / "a.yaml", text)) == parse(text, "here") == PRESETS[name]


def test_ranges_stand_on_one_line():
    lines = dump(PRESETS["spine"]).splitlines()
    assert "  rotation_deg: [-15, 15]" in lines
    assert "  node_distance_mm: 30" in lines
    assert "  log_gamma: {normal: [0, 0.3]}" in lines


def test_settings_of_ones_own_are_no_preset():
    assert "preset" not in dump(from_dict({"noise": {"rician": 0.1}})).splitlines()[0]


@pytest.mark.parametrize("text", ["", "# nothing but a comment\n", "{}", "preset: spine", "\ufeffpreset: spine"])
def test_a_file_that_changes_nothing_is_the_preset(text, tmp_path):
    assert load(write(tmp_path / "a.yaml", text)) == PRESETS["spine"]


def test_numbers_and_words_are_what_they_look_like():
    config = parse("spatial: {scale: [5e-1, 2], rotation_deg: 010, shear: [-.02, +.02]}", "here")
    assert config.spatial.scale == uniform(0.5, 2)
    assert config.spatial.rotation_deg == uniform(10)
    assert config.spatial.shear == uniform(-0.02, 0.02)
    with pytest.raises(ValueError, match=r"regions.guide: expected one of .*, got off"):
        parse("regions: {guide: off}", "here")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("spatial: [1", ", line 1: expected YAML, "),
        ("a: b\n\tc: d", ", line 2: expected YAML, "),
        ("spatial:\n  scale: 1\n  scale: 2", ", line 3: expected YAML, the key scale stands twice"),
        ("noise: {}\nbias: {}\nnoise: {}", ", line 3: expected YAML, the key noise stands twice"),
        ("preset: spine\n---\npreset: report", ", line 2: expected YAML, but found another document"),
        ("!!python/object:os.system x", ", line 1: expected YAML, could not determine a constructor"),
        ("? [a]: b", ", line 1: expected YAML, found unhashable key"),
        ("preset: \x00", ": expected YAML, unacceptable character[^\n]*$"),
        ("a: " + 2000 * "[" + 2000 * "]", ": expected YAML, it is nested too deeply"),
        ("intensity: {fitted: no.json}", ": intensity.fitted: expected a file of .*, there is no .*no.json"),
        ("intensity: {fitted: ''}", ": intensity.fitted: expected a file of "),
        ("- 1", r": expected a mapping of keys to values, got \[1\]"),
        ("spine", ": expected a mapping of keys to values, got 'spine'"),
        ("spatial:", ": spatial: expected a mapping of keys to values, got nothing"),
        ("noise: {rician: .nan}", ": noise.rician: expected a finite number, got nan"),
        ("noise: {sigma: .inf}", ": noise.sigma: expected finite numbers, got inf"),
        (f"noise: {{sigma: {'9' * 5000}}}", ": noise.sigma: expected finite numbers, got inf"),
        ("noise: {sgima: 1}", ": noise.sgima: unknown, .*did you mean sigma?"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_line_or_key(text, message, tmp_path):
    path = write(tmp_path / "mine.yaml", text)
    with pytest.raises(ValueError, match=f"^{path}{message}"):
        load(path)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(ValueError, match=f"^{path}: cannot be read: "):
            load(path)
    (tmp_path / "latin.yaml").write_bytes(b"# \xe4\n")
    with pytest.raises(ValueError, match=r"latin.yaml: expected text in UTF-8"):
        load(tmp_path / "latin.yaml")


def test_fitted_priors_are_read_with_what_else_the_file_says_left_aside(tmp_path):
    assert read_fitted(write_fitted(tmp_path / "priors.json")) == FITTED


def test_settings_name_a_file_of_fitted_priors_relative_to_themselves(tmp_path):
    absolute = write_fitted(tmp_path / "fits" / "priors.json")
    for name in ("../fits/priors.json", absolute):
        text = f"intensity:\n  priors: {{fitted: 1}}\n  fitted: {name}\n"
        assert load(write(tmp_path / "settings" / "a.yaml", text)).intensity.fitted == FITTED


def test_stored_settings_hold_fitted_priors_themselves(tmp_path):
    write_fitted(tmp_path / "priors.json")
    config = load(write(tmp_path / "a.yaml", "intensity: {priors: {fitted: 1}, fitted: priors.json}"))
    assert "priors.json" not in dump(config)
    assert parse(dump(config), "here") == config


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", ", line 1: expected JSON, "),
        ("[]", ": format: expected 'nnunet-spine priors 1', got None"),
        ('{"format": "nnunet-spine priors 2"}', ": format: expected .*, got 'nnunet-spine priors 2'"),
        ('{"format": "nnunet-spine priors 1"}', ": sequences: expected a mapping of keys to values, got nothing"),
    ],
)
def test_a_file_that_holds_no_fitted_priors_is_refused(text, message, tmp_path):
    path = write(tmp_path / "priors.json", text)
    with pytest.raises(ValueError, match=f"^{path}{message}"):
        read_fitted(path)


@pytest.mark.parametrize(
    ("sequences", "message"),
    [
        ({"t1": {"vertebr": {}}}, "sequences.t1.vertebr: unknown, expected .*; did you mean vertebra?"),
        ({"t1": {"disc": {"mean": "x", "std": 1}}}, "sequences.t1.disc.mean: expected a number, "),
        ({"t1": {"disc": {"mean": 1}}}, "sequences.t1.disc.std: expected a value, it is missing"),
        ({"t1": {"disc": {"mean": float("nan"), "std": 1}}}, "sequences.t1.disc.mean: expected finite numbers"),
        ({"t1": 3}, "sequences.t1: expected a mapping of keys to values, got 3.0"),
    ],
)
def test_wrong_priors_are_named_with_the_file_they_stand_in(sequences, message, tmp_path):
    path = write_fitted(tmp_path / "priors.json", sequences=sequences)
    settings = write(tmp_path / "a.yaml", "intensity: {fitted: priors.json}")
    with pytest.raises(ValueError, match=f"^{path}: {message}"):
        load(settings)
