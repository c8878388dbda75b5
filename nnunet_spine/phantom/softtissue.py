"""Paints everything around the skeleton: skin, fat, muscles, belly, vessels, ligaments and the nerves' exits."""

from __future__ import annotations

import numpy as np

from nnunet_spine.phantom.canvas import Canvas
from nnunet_spine.phantom.geometry import capsule, ellipsoid
from nnunet_spine.phantom.patient import Patient
from nnunet_spine.phantom.profile import Along, Profile, epidural_gap_mm
from nnunet_spine.phantom.spine import Body
from nnunet_spine.phantom.tissues import TISSUE_ID

SKIN_MM, FASCIA_MM = 1.8, 1.3

VESSELS = ((7.0, 8.8, 9.0, "blood_fast"), (-15.0, 9.8, 7.0, "blood_slow"))
"""Aorta and vena cava: mm to the left, radius, by how much the branches part per level, what flows in them."""


def paint_trunk(canvas: Canvas, along: Along, patient: Patient, profile: Profile) -> None:
    """Paint the trunk from skin to spine: belly fat, bowel, fat of the back, muscles, fascia."""
    window = canvas.whole
    y = window.points[1]
    furrow = 4.0 * np.exp(-((along.left / 14) ** 2)) - along.left**2 / 420
    skin = profile.skin_y[along.rows] - 0.6 * furrow - y
    belly = y - profile.belly_y[along.rows] - along.left**2 / 400
    inside = np.minimum(skin, belly)
    window.paint(inside > 0, "skin")
    window.paint(inside > SKIN_MM, "fat")
    # Septa of the fat under the skin: thin sheets where a field that varies mostly front to back crosses zero.
    septa = (np.abs(canvas.texture("septa")) < 0.05) & (inside > SKIN_MM)
    window.paint(septa, "septum")
    _paint_belly(canvas, along, profile, belly)
    _paint_back_muscles(canvas, along, patient, profile, furrow)


def _paint_belly(canvas: Canvas, along: Along, profile: Profile, belly: np.ndarray) -> None:
    window = canvas.whole
    y = window.points[1]
    wall = belly - 16.0 - 4.0 * canvas.texture("bowel")
    window.paint((wall > 0) & (wall < 9) & (y < profile.front_y[along.rows] - 20), "muscle")
    # In front of the vessels in the middle, level with the bodies at the sides, where kidneys and bowel lie.
    lateral = np.clip((np.abs(along.left) - 24) / 14, 0, 1)
    cavity = (wall > 12) & (y < profile.front_y[along.rows] - 27 + 30 * lateral)
    loops, filling = canvas.texture("bowel"), canvas.texture("filling")
    solid = cavity & (profile.level[along.rows] + 0.5 * filling > 5.2)
    window.paint(cavity & (np.abs(loops) > 0.28), "bowel_wall")
    window.paint(cavity & (np.abs(loops) > 0.48), "bowel_content")
    window.paint(cavity & (loops > 0.48) & (filling > 0.5), "air")
    window.paint(solid & (loops > -0.9), "organ")


def _paint_back_muscles(canvas: Canvas, along: Along, patient: Patient, profile: Profile, furrow: np.ndarray) -> None:
    """Multifidus and erector spinae with fat streaks, their fascia, and the ligaments between the spinous processes."""
    window = canvas.whole
    y, side = window.points[1], np.abs(along.left)
    below = np.clip(1.2 - profile.level[along.rows], 0, 2.5)
    depth = profile.fascia_y[along.rows] - furrow - y
    muscle = (depth > 0) & (along.back > -6 + 0.05 * side) & (side < 78)
    window.paint(muscle & (depth < FASCIA_MM), "ligament")
    muscle &= depth > FASCIA_MM
    window.paint(muscle, "muscle")
    # Fat replaces muscle from the midline and from below; the plane between the two muscles is always fat.
    streak = canvas.texture("streak")
    threshold = 1.35 - 1.2 * patient.muscle_fat - 0.35 * below + 0.028 * np.maximum(side - 8, 0)
    plane = np.abs(side - 15 - 0.28 * along.back + 1.5 * streak) < 0.8
    feathered = streak + 0.08 * canvas.texture("grain") > threshold
    window.paint(muscle & (feathered | plane), "fat")
    between = muscle & (side < 3.2 + 0.8 * streak) & (along.back > 6)
    window.paint(between, "interspinous")
    window.paint(between & (streak + 0.5 * canvas.texture("edge") > 1.0 - 0.8 * patient.muscle_fat), "fat")


def paint_psoas(canvas: Canvas, along: Along, patient: Patient, profile: Profile) -> None:
    """Paint the psoas muscles beside the bodies, from T12 down and ever thicker."""
    side = np.abs(along.left)
    near = (side > 10) & (side < 80) & (along.back < 6) & (along.back > -66)
    if not near.any():
        return
    level = profile.level[along.rows[near]]
    grow = np.clip((5.2 - level) / 4.0, 0.02, 1.0) ** 0.8
    radius = 1 + 18 * grow
    across = (side[near] - 30 - 9 * grow) / radius
    near[near] = across**2 + ((along.back[near] + 26 + 4 * grow) / (1.25 * radius)) ** 2 < 1
    canvas.whole.paint(near, "muscle")
    canvas.whole.paint(near & (canvas.texture("streak") > 2.3 - 0.6 * patient.muscle_fat), "fat")


def paint_crura(canvas: Canvas, along: Along, profile: Profile) -> None:
    """Paint the crura of the diaphragm, two slips of muscle beside the aorta down to L2."""
    front = profile.front_y[along.rows] - canvas.whole.points[1]
    level = profile.level[along.rows]
    wide = np.clip((level - 3.3) * 2.2, 0, 5.5)
    slip = (np.abs(np.abs(along.left - 1) - 13 + 0.25 * front) < wide) & (front > -8) & (front < 15)
    canvas.whole.paint(slip & (wide > 0.8), "muscle")


def paint_vessels(canvas: Canvas, along: Along, profile: Profile) -> None:
    """Paint aorta and vena cava in front of the bodies, and the iliac vessels below L4 that they fork into."""
    front = profile.front_y[along.rows] - canvas.whole.points[1]
    near = np.flatnonzero((front > 0) & (front < 40) & (np.abs(along.left) < 70))
    if not len(near):
        return
    left, front = along.left.ravel()[near], front.ravel()[near]
    fork = np.clip(1.6 - profile.level[along.rows.ravel()[near]], 0, 4)
    tissue = canvas.whole.tissue.reshape(-1)
    for centre, wide, parting, lumen in VESSELS:
        bore = wide * (1 - 0.28 * np.clip(3 * fork, 0, 1))
        for branch in (-parting, parting):
            away = np.hypot(left - centre - branch * fork, front - wide - 3.0 - 1.5 * fork)
            tissue[near[away < bore]] = TISSUE_ID["bowel_wall"]
            tissue[near[away < bore - 1.2]] = TISSUE_ID[lumen]


def paint_exits(canvas: Canvas, body: Body, half_depth: float, disc_height: float) -> None:
    """Paint what surrounds the canal below one vertebra: fat and nerve in the foramina, the yellow ligament."""
    h, d = body.half_height_mm, body.half_depth_mm
    back = d + epidural_gap_mm(body) + 2 * half_depth
    step = 2 * h + disc_height
    window = canvas.window(body.frame, (-28, d - 4, -2.4 * h - disc_height), (28, back + 16, 0.5 * h))
    if window is None:
        return
    u, v, w = body.frame.to_local(window.points)
    both = (np.abs(u), v, w)
    s = body.size
    fat = ellipsoid(both, (15 * s, d + 6, -0.62 * h - 0.4 * disc_height), (9 * s, 6.5, 0.55 * h + 0.35 * disc_height))
    window.paint((fat < 0) & (window.structure == 0), "fat")
    nerve = capsule(both, (9.5 * s, d + 7, 0.1 * h), (23 * s, d + 6, -0.95 * h), (2.3, 2.3, 3.0))
    window.paint((nerve < 0) & (np.abs(u) > 10.5 * s), "nerve")
    flavum = capsule(both, (2.0, back + 6.5, -0.75 * h), (2.0, back + 3.5, -step + 0.1 * h), (9 * s, 1.8, 2.0))
    window.paint(flavum < 0, "ligament")
