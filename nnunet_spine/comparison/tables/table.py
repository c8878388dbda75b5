"""A table of text, and its forms: markdown and LaTeX (booktabs)."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

EMPTY = "–"
"""Stands where there is no number."""

LONG = 45
"""A LaTeX table of more rows goes over pages."""


@dataclass(frozen=True)
class Table:
    """Head and cells, all of them text.

    Attributes:
        key: of files and labels: letters, digits, `-`, `_`.
        title: what is in it.
        head: names of the columns, each different.
        rows: of cells, as many as the head has.
        caption: how to read it: number of patients, what an interval is.
        numeric: indices of the columns of numbers.
        best: (row, column) of the cells that stand out.
    """

    key: str
    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    numeric: frozenset[int] = frozenset()
    best: frozenset[tuple[int, int]] = frozenset()


def number(value: float, digits: int) -> str:
    """A number with a true minus; `EMPTY` for NaN, and no minus before a zero."""
    if pd.isna(value):
        return EMPTY
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if not float(text) else text.replace("-", "−")


def with_interval(mean: float, low: float, high: float, digits: int) -> str:
    """`0.857 [0.839, 0.866]`; the mean alone where there is no interval."""
    if pd.isna(low) or pd.isna(high):
        return number(mean, digits)
    return f"{number(mean, digits)} [{number(low, digits)}, {number(high, digits)}]"


def p_value(p: float) -> str:
    """Three digits, or that it is smaller."""
    return "<0.001" if p < 0.001 else number(p, 3)


def percent(share: float) -> str:
    """`85%`; what is neither none nor all is never printed as such."""
    if 0 < share < 0.005:
        return "less than 1%"
    return "more than 99%" if 0.995 <= share < 1 else f"{share:.0%}"


def to_markdown(table: Table) -> str:
    """The table in GitHub's markdown, with its title and caption; what stands out is bold."""
    rule = ["--:" if k in table.numeric else ":--" for k in range(len(table.head))]
    cells = [
        [f"**{_pipes(text)}**" if (i, k) in table.best else _pipes(text) for k, text in enumerate(row)]
        for i, row in enumerate(table.rows)
    ]
    lines = ["| " + " | ".join(row) + " |" for row in ([_pipes(text) for text in table.head], rule, *cells)]
    return "\n\n".join(part for part in (f"**{table.title}**", "\n".join(lines), table.caption) if part) + "\n"


def to_latex(table: Table) -> str:
    """The table in LaTeX for the packages booktabs and, if it is long, longtable; what stands out is bold."""
    frame = pd.DataFrame(
        [[escape_latex(text) for text in row] for row in table.rows],
        columns=[escape_latex(text) for text in table.head],
    )
    bold = pd.DataFrame("", index=frame.index, columns=frame.columns)
    for row, column in table.best:
        bold.iloc[row, column] = "textbf:--rwrap"
    long = len(frame) > LONG
    return (
        frame.style.hide(axis="index")
        .apply(lambda _: bold, axis=None)
        .to_latex(
            hrules=True,
            column_format="".join("r" if k in table.numeric else "l" for k in range(len(table.head))),
            caption=escape_latex(f"{table.title}. {table.caption}".strip()),
            label=f"tab:{table.key}",
            environment="longtable" if long else None,
            position_float=None if long else "centering",
        )
    )


_LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        "−": "$-$",
        "–": "--",
        "×": r"$\times$",
        # A row that begins with [ would be taken for an option of the \\ before it.
        "[": "{[}",
        "]": "{]}",
        **{sign: "\\" + sign for sign in "&%$#_{}"},
    }
)


def escape_latex(text: str) -> str:
    """Text that LaTeX prints as it is."""
    return text.translate(_LATEX)


def _pipes(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("*", "\\*").replace("_", "\\_").replace("<", "&lt;")


def key_of(*parts: str) -> str:
    """A key made of names: what is neither letter nor digit becomes one `-`."""
    words = ("".join(sign if sign.isascii() and sign.isalnum() else " " for sign in part).split() for part in parts)
    return "-".join(word.lower() for some in words for word in some)
