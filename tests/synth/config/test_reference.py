import re
from pathlib import Path

import pytest

from nnunet_spine.synth.config import SynthConfig
from nnunet_spine.synth.config.files import parse
from nnunet_spine.synth.config.plain import differences, to_dict
from nnunet_spine.synth.config.reference import keys, markdown

DOCS = Path(__file__).resolve().parents[3] / "docs" / "settings.md"


def test_every_key_is_explained():
    explained = list(keys())
    assert all(key.meaning for key in explained)
    assert len({key.name for key in explained}) == len(explained)
    assert {key.name for key in explained} >= {
        "spatial",
        "pathology.metal.loss",
        "noise.probability",
        "gamma.log_gamma",
    }


def test_defaults_are_those_of_the_settings():
    plain = to_dict(SynthConfig())
    for key in keys():
        if key.default:
            section, _, name = key.name.rpartition(".")
            text = "".join(f"{'  ' * depth}{part}:\n" for depth, part in enumerate(section.split(".")))
            config = parse(f"{text}{'  ' * (section.count('.') + 1)}{name}: {key.default}", key.name)
            assert differences(plain, to_dict(config)) == []


@pytest.mark.parametrize("example", re.findall(r"```yaml\n(.*?)```", DOCS.read_text(encoding="utf-8"), flags=re.DOTALL))
def test_examples_of_the_documentation_work(example):
    assert parse(example, "the example") != SynthConfig()


def test_the_documentation_has_the_table_of_keys():
    assert markdown() in DOCS.read_text(encoding="utf-8"), "paste what `nnunet-spine recipe --keys` prints"
