"""From where on something counts as a failure: the thresholds of all modes, in physical units."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FailureOptions:
    """Thresholds; volumes of a single slice are its area times its thickness.

    Attributes:
        piece_ml: smaller separate pieces of a structure are not judged.
        piece_fraction: nor are those smaller than this part of the largest piece of the same structure: chips, and
            vertebrae that the end of the image cuts off.
        found_fraction: a structure or piece is missed if less of it is covered.
        level_fraction: a label must cover this much of a vertebra or disc to be its level in the prediction.
        merged_fraction: a predicted piece must cover this much of each body that it merges.
        bridge_mm: predicted bodies that a narrower bridge joins are not merged.
        split_fraction: each part of a split body covers at least this much of it.
        single_body: a piece of more than this many times the median size of the bodies may be several.
        leak_border_mm: a disc may be this much too wide before it leaks.
        leak_ml: volume beyond that border from which on it leaks.
        canal_row_fraction: the canal is there at a height where this much of it is covered.
        canal_gap_mm: shorter gaps are not counted.
        canal_piece_fraction: pieces smaller than this part of the canal are crumbs.
        false_positive_fraction: a predicted piece overlaps with its structure if more of it does.
        false_positive_border_mm: what lies nearer to the structure is a wrong border of it.
        false_positive_ml: volume beyond that border from which on a piece counts; less are crumbs.
        border_error_mm: HD95 above which the border is wrong; a voxel counts as this long at most.
    """

    piece_ml: float = 0.1
    piece_fraction: float = 0.1
    found_fraction: float = 0.2
    level_fraction: float = 0.3
    merged_fraction: float = 0.5
    bridge_mm: float = 2.0
    split_fraction: float = 0.2
    single_body: float = 1.5
    leak_border_mm: float = 3.0
    leak_ml: float = 0.2
    canal_row_fraction: float = 0.1
    canal_gap_mm: float = 3.0
    canal_piece_fraction: float = 0.05
    false_positive_fraction: float = 0.1
    false_positive_border_mm: float = 3.0
    false_positive_ml: float = 0.2
    border_error_mm: float = 4.0
