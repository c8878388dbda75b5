"""The answer in words: where domains lie farthest apart, and what is left of it in the last layer."""

from __future__ import annotations

import pandas as pd


def summary(table: pd.DataFrame) -> str:
    """A line for each pair and structure, with what makes it uncertain.

    Args:
        table: of `separation`.
    """
    groups = table.groupby(["domain_a", "domain_b", "structure"], sort=False)
    return "\n".join(f"{a} and {b}, {structure}: {_answer(rows)}" for (a, b, structure), rows in groups)


def _answer(rows: pd.DataFrame) -> str:
    note = rows["note"].iloc[0]
    if "silhouette" not in rows or rows["silhouette"].isna().all():
        return note
    most = rows.loc[rows["silhouette"].idxmax()]
    text = (
        f"most separate in {most['layer']}: silhouette {most['silhouette']:.2f}, probe {most['probe_accuracy']:.2f} "
        f"(p = {most['probe_p']:.3f}), distance {most['shift_sd']:.2f} SD"
    )
    last = rows.iloc[-1]
    text += (
        f"; in {last['layer']} {last['identified_b']:.0%} of {last['domain_b']} identified among {last['domain_a']}, "
        f"{last['identified_a']:.0%} the other way round (chance: {last['identified_chance']:.0%})"
    )
    return f"{text}; {note}" if note else text
