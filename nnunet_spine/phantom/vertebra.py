"""The shape of one vertebra: body with waist, hollow end plates and rims, and the posterior elements.

All functions take points in the vertebra's own frame and give approximate distances in mm, negative inside.
"""

from __future__ import annotations

import numpy as np

from nnunet_spine.phantom.geometry import Coordinates, capsule, smooth_max, smooth_min
from nnunet_spine.phantom.profile import epidural_gap_mm, spinous_tip
from nnunet_spine.phantom.spine import Body

SQUARENESS = 0.45
"""0 makes the outline of a body an ellipse, 1 a rectangle (a squircle between the two)."""

RIM_ROUNDING_MM, JOINT_MM = 2.2, 4.0


def outline(body: Body, points: Coordinates, waist: bool = True) -> np.ndarray:
    """Radius in the body's cross-section, 1 on its surface; with `waist=False` that of the rims at every height."""
    u, v, w = points
    half_width, half_depth = np.float32(body.half_width_mm), np.float32(body.half_depth_mm)
    e = v / half_depth
    a = u / half_width
    # The back is flat, slightly hollow in the middle; without this an axial slice shows an egg.
    e = np.where(e > 0, e * (1 + 0.10 * np.maximum(1 - 2.5 * a * a, 0)), e)
    a, e = a * a, e * e
    # Outside the unit square the product would outgrow the sum.
    square = a + e - np.float32(SQUARENESS) * np.minimum(a, 1) * np.minimum(e, 1)
    radius = np.sqrt(square)
    if not waist:
        return radius
    t = np.clip(np.abs(w) * np.float32(1 / body.half_height_mm), 0, 1)
    rim = np.float32(body.spur_mm / body.half_depth_mm) * (np.maximum(t - 0.5, 0) * 2) ** 2
    back = np.where(v > 0, np.float32(0.45), np.float32(1.0))
    return radius / (1 - np.float32(body.waist) * back * (1 - t * t) + rim * back)


def endplates(body: Body, points: Coordinates) -> tuple[np.ndarray, np.ndarray]:
    """Height above the upper and below the lower end plate, in mm; negative towards the middle of the body."""
    u, v, w = points
    slope = np.float32(np.tan(body.wedge_rad / 2))
    square = (u / np.float32(0.86 * body.half_width_mm)) ** 2 + (v / np.float32(body.half_depth_mm) - 0.08) ** 2 / 0.74
    hollow = np.maximum(1 - square, 0)
    hollow = hollow * (2 - hollow)
    sides = []
    for sign, depth, defect in zip((1, -1), body.hollow_mm, body.defects, strict=True):
        level = np.float32(body.half_height_mm) - slope * v - np.float32(depth) * hollow
        if defect[3]:
            level -= np.float32(defect[3]) * np.exp(-((u - defect[0]) ** 2 + (v - defect[1]) ** 2) / (defect[2] ** 2))
        sides.append(np.float32(sign) * w - level)
    return sides[0], sides[1]


def body_distance(body: Body, points: Coordinates) -> np.ndarray:
    """Distance to the surface of the body."""
    side = (outline(body, points) - 1) * np.float32(body.half_depth_mm)
    upper, lower = endplates(body, points)
    return smooth_max(side, np.maximum(upper, lower), RIM_ROUNDING_MM)


def posterior_distance(body: Body, points: Coordinates, half_depth: float) -> np.ndarray:
    """Distance to pedicles, laminae, articular, transverse and spinous processes together.

    Args:
        body: the vertebra.
        points: in its frame.
        half_depth: of the dural sac, see `profile.sac_half_depth`.
    """
    u, v, w = points
    both = (np.abs(u), v, w)
    distance = None
    for start, end, radii in (*_paired(body, half_depth), *_midline(body, half_depth)):
        part = capsule(both, start, end, radii)
        distance = part if distance is None else smooth_min(distance, part, JOINT_MM)
    return distance


Capsule = tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]


def _paired(body: Body, half_depth: float) -> list[Capsule]:
    """The parts that exist left and right, given for the left side."""
    s, h = body.size, body.half_height_mm
    wall = body.half_depth_mm
    back = wall + epidural_gap_mm(body) + 2 * half_depth
    thoracic = float(np.clip((body.level - 5.5) / 2.0, 0, 1))
    joint = (16.0 - 4.0 * thoracic) * s
    inside = (12.6 + 1.6 * max(0.0, 2 - body.level)) * s
    reach = (35.0 - 13.0 * thoracic) * s
    width = (5.0 if body.level == 1 else 3.9) * s
    return [
        ((inside + 1.5, wall - 5, 0.40 * h), (inside + 2, wall + 9, 0.36 * h), (width, 4, 0.50 * h)),
        ((joint, wall + 9, 1.25 * h), (joint - 2, back - 3, -0.2 * h), (4.2 * s, 4.4, 5)),
        ((joint - 2, back - 3, -0.2 * h), (joint - 3.5, back + 1, -1.5 * h), (4.0 * s, 4.2, 5)),
        ((joint - 3, back - 2, -0.25 * h), (2.0, back + 5.2, -0.55 * h), (3.0, 3.0, 0.58 * h)),
        ((joint, wall + 11, 0.3 * h), (reach, wall + 16, 0.3 * h), (3.0, 3.0, 4.6)),
    ]


def _midline(body: Body, half_depth: float) -> list[Capsule]:
    """The spinous process: a plate that ends in a knob."""
    _, tip, drop = spinous_tip(body, half_depth)
    h = body.half_height_mm
    thoracic = float(np.clip((body.level - 4.5) / 2.5, 0, 1))
    root = body.half_depth_mm + epidural_gap_mm(body) + 2 * half_depth + 8
    height = (0.76 - 0.30 * thoracic) * h
    return [
        ((0, root - 2, -0.5 * h), (0, tip - 5.5, drop + 1.0), (4.6, 5.5, height)),
        ((0, tip - 4.5, drop + 0.15 * h), (0, tip - 4.0, drop - 0.36 * h), (4.3, 4.4, 0.40 * h)),
    ]
