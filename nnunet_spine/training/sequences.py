"""What the name of a case tells of its sequence, for data without a record of their conversion."""

from __future__ import annotations

import re

_SYNTHETIC = re.compile(r"_synth\d{3}(?=_|$)")
_SEQUENCE = re.compile(
    r"_(?P<sequence>t[12](?:w|c|ce|gd|fs|star|starw|tse)?|pdw?|stir|dixon)"
    r"(?=_|$)(?!.*_\d+(?:_|$))",  # a number behind it is of the patient: study_T2_001
    re.IGNORECASE,
)


def split_at_sequence(case: str) -> tuple[str, str | None]:
    """What comes before the sequence in a case's name, and the sequence with what follows.

    Known are `_t1`, `_t2_SPACE`, `_T2w`, `_pd`, `_stir`, `_dixon` and the like, unless a number follows them, as in
    `study_T2_001`. The `_synth000` of `nnunet-spine synthesize` belongs to neither.

    Args:
        case: such as `45_t2_SPACE`, which is `45` and `t2_SPACE`.

    Returns:
        The name and None where no sequence is told.
    """
    real = _SYNTHETIC.split(case, maxsplit=1)[0]
    match = _SEQUENCE.search(real, pos=1)
    return (real[: match.start()], real[match.start("sequence") :]) if match else (real, None)


def sequence_by_pattern(case: str, pattern: str) -> str:
    """The sequence that a regular expression finds in a case's name, by its first group if it has one.

    Raises:
        ValueError: if it is no regular expression, or finds nothing.
    """
    try:
        match = re.search(pattern, case)
    except re.error as error:
        raise ValueError(f"sequence pattern {pattern!r}: expected a regular expression: {error}") from error
    found = match and (match[1] if match.re.groups else match[0])
    if not found:
        raise ValueError(f"sequence pattern {pattern!r}: finds nothing in the name of case {case}")
    return found
