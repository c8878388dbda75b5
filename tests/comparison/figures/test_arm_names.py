from __future__ import annotations

import itertools

import pytest

from nnunet_spine.comparison.figures.arm_names import short_names, wrapped

LONG = "nnUNetTrainer{}SpineReportUNet{}_10x50iter"


@pytest.mark.parametrize(
    ("arms", "short"),
    [
        ((LONG.format("Real", ""), LONG.format("Synth", "")), ("Real", "Synth")),
        ((LONG.format("Real", "Dice"), LONG.format("Synth", "")), ("Real Dice", "Synth")),
        ((LONG.format("Real", "One"), LONG.format("Mix", "Dice")), ("Real One", "Mix Dice")),
        (("nnUNetTrainerAttentionUNet", "nnUNetTrainerPaperUNet"), ("Attention", "Paper")),
        (("nnUNetTrainer", "nnUNetTrainerSynthSpine"), ("nnUNetTrainer", "SynthSpine")),
        (
            (LONG.format("Real", ""), LONG.format("Real", "DiceCE")),
            ("RealSpineReportUNet_10x50iter", "RealSpineReportUNetDiceCE_10x50iter"),
        ),
        (("Real_5x60iter", "RealDiceCE_5x60iter", "Synth_5x60iter"), ("Real", "RealDiceCE", "Synth")),
        (("nnUNetTrainerSynthSpine",), ("SynthSpine",)),
        (("nnUNetTrainer",), ("nnUNetTrainer",)),
        (("real", "synthetic"), ("real", "synthetic")),
        (("run 1", "run 10", "run 100"), ("1", "10", "100")),
        (("A_5x60iter", "A_20x50iter"), ("5x60iter", "20x50iter")),
        (("a_", "a-"), ("a_", "a-")),
        ((), ()),
    ],
)
def test_arms_are_called_by_what_tells_them_apart(arms: tuple[str, ...], short: tuple[str, ...]):
    assert short_names(arms) == dict(zip(arms, short, strict=True))


def test_short_names_are_as_different_as_the_names():
    words = ("Real", "Synth", "_", "UNet", "10x50iter")
    names = ["".join(some) for n in (1, 2, 3) for some in itertools.permutations(words, n)]
    for pair in itertools.combinations(names, 2):
        short = short_names(pair)
        assert len(set(short.values())) == 2
        assert all(short.values())


def test_a_wrapped_name_loses_nothing():
    name = LONG.format("Synth", "FocalTversky")
    assert wrapped(name).replace("\n", "") == name
    assert max(map(len, wrapped(name, 16).split("\n"))) <= 16
    assert wrapped("Real") == "Real"
