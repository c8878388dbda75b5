"""Paints the bones and the discs between them, with their inner make-up and their mask values."""

from __future__ import annotations

import numpy as np

from nnunet_spine.labels import DISC_OFFSET
from nnunet_spine.phantom.canvas import Canvas, Window
from nnunet_spine.phantom.geometry import Coordinates, capsule, ellipsoid, evaluate, smooth_min
from nnunet_spine.phantom.profile import epidural_gap_mm
from nnunet_spine.phantom.spine import Body, Spine
from nnunet_spine.phantom.vertebra import body_distance, endplates, outline, posterior_distance

CORTEX_MM, ENDPLATE_MM, LIGAMENT_MM = 0.75, 0.9, 0.9
MODIC_DEPTH_MM = 3.0
UNLABELLED_MM = 0.7
"""What bones and discs have of their dark border outside of their label, as in SPIDER: see docs/reality_gap.md."""


def paint_vertebra(canvas: Canvas, body: Body, half_depth: float, value: int) -> None:
    """Paint one vertebra.

    Args:
        canvas: what to paint on.
        body: the vertebra.
        half_depth: of the dural sac.
        value: mask value, 0 for a vertebra that carries no label.
    """
    reach = body.half_depth_mm + 2 * half_depth + 48
    window = canvas.window(
        body.frame,
        (-42 * body.size, -body.half_depth_mm - 5, -4.0 * body.half_height_mm),
        (42 * body.size, reach, 2.0 * body.half_height_mm),
    )
    if window is None:
        return
    points = body.frame.to_local(window.points)
    u, v, w = points
    height = body.half_height_mm
    in_trunk = (np.abs(w) < height + 8) & (v < body.half_depth_mm + 6)
    in_arch = (v > body.half_depth_mm - 12) & (np.abs(u) < 24 * body.size + (w > -height) * 20)
    trunk = evaluate(lambda at: body_distance(body, at), points, in_trunk)
    arch = evaluate(lambda at: posterior_distance(body, at, half_depth), points, in_arch)
    _paint_ligaments(window, body, points, trunk)
    rough = np.float32(0.25) * canvas.texture("edge")[window.box]
    distance = smooth_min(trunk, arch, 3.0) + rough
    window.paint(distance < 0, "cortical")
    window.paint(distance < -UNLABELLED_MM, "cortical", value)
    window.paint(distance < -CORTEX_MM, "marrow", value)
    _paint_modic(canvas, window, body, points, distance, value)
    _paint_basivertebral(window, body, points, trunk, value)


def _paint_ligaments(window: Window, body: Body, points: Coordinates, trunk: np.ndarray) -> None:
    """The longitudinal ligaments, two dark sheets on the front and the back of the body."""
    sheet = (trunk < LIGAMENT_MM) & (np.abs(points[0]) < 0.55 * body.half_width_mm) & (window.structure == 0)
    window.paint(sheet & (np.abs(points[1]) > 0.6 * body.half_depth_mm), "ligament")


def _paint_modic(
    canvas: Canvas, window: Window, body: Body, points: Coordinates, distance: np.ndarray, value: int
) -> None:
    """Altered marrow along an end plate: patchy, with a gradual border, deeper in front."""
    if not any(body.modic):
        return
    marrow = (distance < -CORTEX_MM) & (points[1] < body.half_depth_mm)
    patchy = 3.5 * canvas.texture("mottle")[window.box] + 1.2 * canvas.texture("grain")[window.box]
    depth = MODIC_DEPTH_MM + patchy - 0.14 * points[1]
    for index, kind in enumerate(body.modic):
        if kind:
            height = evaluate(lambda at, side=index: endplates(body, at)[side], points, marrow)
            window.paint(marrow & (height > -depth), f"modic_{kind}", value)


def _paint_basivertebral(window: Window, body: Body, points: Coordinates, trunk: np.ndarray, value: int) -> None:
    """The vein's mouth in the middle of the body's back wall, a small wedge of fat and slow blood."""
    d = body.half_depth_mm
    vein = capsule(points, (0, 0.62 * d, 0), (0, 0.96 * d, 0), (2.6, 2.0, 1.1))
    window.paint((vein < 0) & (trunk < 1.0), "basivertebral", value)


def paint_disc(canvas: Canvas, spine: Spine, level: int, labelled: bool) -> None:
    """Paint the disc below the vertebra of that level: everything between two end plates, bulging where it is worn."""
    upper, lower = spine.vertebrae[level - 1], spine.below(level)
    half = 0.5 * spine.disc_height_mm[level - 1]
    reach = upper.half_depth_mm + 10
    window = canvas.window(
        upper.frame,
        (-upper.half_width_mm - 6, -reach, -upper.half_height_mm - 2 * half - 9),
        (upper.half_width_mm + 6, reach, -upper.half_height_mm + 6),
    )
    if window is None:
        return
    above, below = upper.frame.to_local(window.points), lower.frame.to_local(window.points)
    gap_up, gap_low = endplates(upper, above)[1], endplates(lower, below)[0]
    radius = 0.5 * (outline(upper, above, waist=False) + outline(lower, below, waist=False))
    rim = 1 + _bulge(spine, level, above) / np.float32(upper.half_depth_mm)
    # The free edge of a disc is rounded from end plate to end plate.
    hollow = 0.10 * ((gap_up - gap_low) / np.maximum(np.abs(gap_up) + np.abs(gap_low), 1e-3)) ** 2
    inside = (gap_up > 0) & (gap_low > 0) & (radius < rim - hollow)
    _fill_disc(
        canvas, window, spine, level, inside, (radius / rim, gap_up, gap_low), DISC_OFFSET + level if labelled else 0
    )


def _bulge(spine: Spine, level: int, points: Coordinates) -> np.ndarray:
    """How far the disc reaches beyond the end plates in each direction, in mm."""
    finding, body = spine.findings[level - 1], spine.vertebrae[level - 1]
    u, v, _ = points
    behind = np.clip(v / np.float32(body.half_depth_mm), 0, 1)
    bulge = np.float32(finding.bulge_mm) * (0.55 + 0.45 * behind)
    if finding.herniation:
        offset = u - np.float32(6.0 * finding.side)
        bulge = bulge + np.float32(5.0) * np.exp(-((offset / 5.5) ** 2)) * (v > 0)
    return bulge


def _fill_disc(
    canvas: Canvas,
    window: Window,
    spine: Spine,
    level: int,
    inside: np.ndarray,
    place: tuple[np.ndarray, np.ndarray, np.ndarray],
    value: int,
) -> None:
    """Annulus, nucleus with cleft, and the thin dark end plates."""
    radius, gap_up, gap_low = place
    grade = spine.findings[level - 1].pfirrmann
    # Grains on the borders of tissues that grade into each other: after averaging over a pixel the change is gradual.
    ragged = canvas.texture("edge")[window.box] * np.float32(0.02 + 0.015 * grade)
    ragged = ragged + np.float32(0.05) * canvas.texture("grain")[window.box]
    height = gap_up / np.maximum(gap_up + gap_low, 1e-3)
    off_centre = np.abs(height - 0.5)
    window.paint(inside, "annulus_outer", value)
    window.paint(inside & (radius + ragged < 0.85), "annulus_inner", value)
    nucleus = inside & (radius + ragged + 0.5 * off_centre**2 < 0.76 - 0.025 * grade)
    window.paint(nucleus, f"nucleus_{grade}", value)
    if grade in (2, 3):
        window.paint(
            nucleus & (off_centre + 0.4 * ragged < 0.035 + 0.012 * grade) & (radius + ragged < 0.48),
            "annulus_inner",
            value,
        )
    thin = np.float32(min(ENDPLATE_MM, 0.12 * spine.disc_height_mm[level - 1]))
    gap = np.minimum(gap_up, gap_low)
    window.paint(inside & (gap < thin), "cortical", value)
    window.paint(inside & (gap < min(UNLABELLED_MM, thin)), "cortical")


def paint_sacrum(canvas: Canvas, spine: Spine, half_depth: float) -> None:
    """Paint the sacrum, fused at its wings, and the remnants of its discs; it carries no label."""
    first = spine.sacrum[0]
    window = canvas.window(first.frame, (-62, -60, -130), (62, 110, first.half_height_mm + 6))
    if window is None:
        return
    fused = None
    for body in spine.sacrum:
        points = body.frame.to_local(window.points)
        if body is not spine.sacrum[-1]:
            _paint_remnant(window, body, points)
        segment = smooth_min(body_distance(body, points), _sacral_arch(body, points, half_depth), 2.0)
        fused = segment if fused is None else np.minimum(fused, segment)
    fused = smooth_min(fused, _sacral_wings(spine, window.points), 3.0)
    window.paint(fused < 0, "cortical")
    window.paint(fused < -CORTEX_MM, "marrow")


def _paint_remnant(window: Window, body: Body, points: Coordinates) -> None:
    _, gap = endplates(body, points)
    radius = outline(body, points, waist=False)
    thickness = (3.0, 1.5, 1.0, 1.0)[-body.level]
    band = (gap > -0.3) & (gap < thickness) & (radius < 0.95)
    window.paint(band, "annulus_outer")
    window.paint(band & (radius < 0.62) & (gap > 0.6) & (gap < thickness - 0.6), "nucleus_3")


def _sacral_wings(spine: Spine, points: Coordinates) -> np.ndarray:
    """The lateral parts of all sacral segments, grown together."""
    wings = None
    for body in spine.sacrum:
        u, v, w = body.frame.to_local(points)
        centre = (1.5 * body.half_width_mm, 0.5 * body.half_depth_mm, -0.1 * body.half_height_mm)
        radii = (0.75 * body.half_width_mm, 1.1 * body.half_depth_mm, 1.25 * body.half_height_mm)
        wing = ellipsoid((np.abs(u), v, w), centre, radii)
        wings = wing if wings is None else smooth_min(wings, wing, 14.0)
    return wings


def _sacral_arch(body: Body, points: Coordinates, half_depth: float) -> np.ndarray:
    """Laminae and median crest behind the canal of one sacral segment."""
    u, v, w = points
    both = (np.abs(u), v, w)
    h = body.half_height_mm
    back = body.half_depth_mm + epidural_gap_mm(body) + 2 * half_depth * (0.98 + 0.14 * body.level)
    crest = capsule(both, (0, back + 7, 0.1 * h), (0, back + 8, -0.4 * h), (3.6, 3.2, 1.0 * h))
    lamina = capsule(both, (0, back + 5, 0), (22, back - 4, 0), (3.0, 2.2, 1.25 * h))
    return smooth_min(crest, lamina, 3.0)
