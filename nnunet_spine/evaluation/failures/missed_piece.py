"""Missed piece: something smaller than a body or a disc is in the reference, and nothing predicted overlaps enough."""

from __future__ import annotations

from collections.abc import Iterator

from nnunet_spine.evaluation.failures.matching import Finding, Matching
from nnunet_spine.evaluation.failures.missed import bodies_and_discs, is_missing, is_whole_missing, missed
from nnunet_spine.evaluation.failures.options import FailureOptions
from nnunet_spine.evaluation.failures.pieces import BACK, FRONT

MODE = "missed piece"
DEFINITION = (
    "less than 20 % of another separate piece (posterior element, fragment) of a structure that was found is covered"
)


def missed_pieces(match: Matching, options: FailureOptions) -> Iterator[Finding]:
    """Posterior elements and fragments, judged as bodies and discs are.

    In a single slice posterior elements are several small pieces; to miss one is another thing than to miss a body. The
    amount is the volume of the piece.
    """
    for leaf in range(len(match.leaves)):
        if not is_whole_missing(match, leaf, options):
            larger = bodies_and_discs(match, leaf, options)
            for piece in (*match.judged(leaf, FRONT, options), *match.judged(leaf, BACK, options)):
                if piece not in larger and is_missing(match, [piece], options):
                    yield missed(MODE, match, [piece], match.called(piece, options))
