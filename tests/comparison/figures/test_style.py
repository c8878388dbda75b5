from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ET

import pytest

from nnunet_spine.comparison.figures.style import arm_styles, new_figure, short_names, styled, svg, wrapped

LONG = "nnUNetTrainer{}SpineReportUNet{}_10x50iter"


@pytest.mark.parametrize(
    ("arms", "short"),
    [
        ((LONG.format("Real", ""), LONG.format("Synth", "")), ("Real", "Synth")),
        ((LONG.format("Real", "Dice"), LONG.format("Synth", "")), ("RealSpineReportUNetDice", "SynthSpineReportUNet")),
        (("nnUNetTrainerAttentionUNet", "nnUNetTrainerPaperUNet"), ("Attention", "Paper")),
        (("nnUNetTrainer", "nnUNetTrainerSynthSpine"), ("Trainer", "TrainerSynthSpine")),
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


def test_no_two_arms_look_alike_in_colour_or_in_grey():
    styles = list(arm_styles([f"arm {k}" for k in range(64)]).values())
    assert len({(one.colour, one.marker) for one in styles}) == 64
    assert len({one.colour for one in styles[:8]}) == len({one.marker for one in styles[:8]}) == 8
    assert len({str(one.line) for one in styles[:8]}) == 8


def test_a_wrapped_name_loses_nothing():
    name = LONG.format("Synth", "FocalTversky")
    assert wrapped(name).replace("\n", "") == name
    assert max(map(len, wrapped(name, 16).split("\n"))) <= 16
    assert wrapped("Real") == "Real"


@styled
def drawn() -> object:
    figure = new_figure(2)
    ax = figure.subplots()
    ax.plot([0, 1], [0, 1], marker="o")
    ax.set_title("a < b & c")
    return figure


def test_an_element_needs_nothing_from_elsewhere():
    element = svg(drawn(), "key", 'say "hello"')
    root = ET.fromstring(element)
    assert root.get("role") == "img"
    assert root.get("aria-label") == 'say "hello"'
    assert "a < b & c" in "".join(root.itertext())
    assert not re.search(r"\b20\d\d-\d\d-\d\d", element)
    assert element.startswith("<svg")


def test_references_within_an_element_hold():
    element = svg(drawn(), "key")
    ids = set(re.findall(r'\bid="([^"]+)"', element))
    referred = set(re.findall(r'(?:url\(#|href="#)([^")]+)', element))
    assert referred
    assert referred <= ids
    assert all(one.startswith("key-") for one in ids)
