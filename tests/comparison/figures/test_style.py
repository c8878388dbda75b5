from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from nnunet_spine.comparison.figures.style import arm_styles
from nnunet_spine.figure_style import new_figure, styled, svg


def test_no_two_arms_look_alike_in_colour_or_in_grey():
    styles = list(arm_styles([f"arm {k}" for k in range(64)]).values())
    assert len({(one.colour, one.marker) for one in styles}) == 64
    assert len({one.colour for one in styles[:8]}) == len({one.marker for one in styles[:8]}) == 8
    assert len({str(one.line) for one in styles[:8]}) == 8


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
