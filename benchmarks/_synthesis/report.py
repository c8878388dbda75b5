"""The figures as Markdown, for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from _synthesis.contenders import NNUNET

Cells = Sequence[object]


def markdown(figures: Mapping[str, Any]) -> Iterator[str]:
    """Lines of all tables whose figures there are."""
    machine = figures["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items() if version)
    yield f"{machine['cpu']}, {machine['cores']} cores; {machine['gpu'] or 'no GPU'}; threads: {machine['threads']}"
    yield f"Python {machine['python']}, {versions}"
    yield from _speed(figures["rows"])
    for key, table in TABLES.items():
        if figures.get(key):
            yield from table(figures[key])


def _speed(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    host = {row["patch"]: row["mean_ms"] for row in rows if row["name"] == NNUNET and "mean_ms" in row}
    times = ("mean", "±", "median", "CPU time", "first", "batch")
    head = ("patch", "device", "row", *times, "x nnU-Net", "draws", "samples")
    text = "Milliseconds per sample (`batch`: per batch), one thread; ± is a standard error, `first` from warming up."
    yield from _heading("Speed", text)
    yield from _table(head, (_speed_cells(row, host.get(row["patch"])) for row in rows))


def _speed_cells(row: Mapping[str, Any], host_ms: float | None) -> Cells:
    first = (row["patch"], row["device"], row["name"])
    if "reason" in row:
        return (*first, row["reason"], *[""] * 8)
    times = (row[f"{key}_ms"] for key in ("mean", "error", "median", "cpu", "first", "batch"))
    ratio = f"{row['mean_ms'] / host_ms:.3g}" if host_ms and row["device"] == "cpu" else ""
    return (*first, *(f"{ms:.3g}" for ms in times), ratio, row["draws"], row["samples"])


def _memory(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    head = ("patch", "device", "preset", "samples", "peak (images)", "kept (MiB)")
    text = "Above input and output, in float32 images of the call's batch; kept: by the first call, for all later ones."
    yield from _heading("Memory", text)
    keys = ("patch", "device", "preset", "samples")
    yield from _table(
        head, ([*(row[key] for key in keys), f"{row['peak_images']:.2f}", f"{row['kept_mib']:.1f}"] for row in rows)
    )


def _aims(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield from _heading(
        "Aims", "Ratios of mean wall times, and of processor times, which a busy machine disturbs less."
    )
    words = {True: "yes", False: "NO", None: "unmeasured"}
    cells = (
        (row["what"], row["limit"], _short(row["value"]), _short(row["cpu_value"]), words[row["holds"]]) for row in rows
    )
    yield from _table(("quantity", "limit", "measured", "by CPU time", "holds"), cells)


def _steps(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield from _heading("Steps", "Cost of a step alone in a sample that it happens to, and its share of the mean (ms).")
    keys = ("patch", "device", "step", "probability")
    yield from _table(
        (*keys, "cost", "probability x cost"),
        ([*(row[key] for key in keys), f"{row['cost_ms']:.3f}", f"{row['share_ms']:.3f}"] for row in rows),
    )


def _placement(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield from _heading("Placement", "Samples per second of preset spine that reach the main process.")
    keys = ("patch", "device", "where", "parallel")
    yield from _table(
        ("patch", "device", "where", "workers or threads", "samples/s"),
        ([*(row[key] for key in keys), f"{row['samples_per_s']:.1f}"] for row in rows),
    )


def _training(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield from _heading("Training", "A training iteration, loader and synthesis included.")
    keys = ("trainer", "configuration", "device")
    yield from _table(
        ("trainer", "configuration", "device", "ms per iteration", "s per epoch"),
        ([*(row[key] for key in keys), f"{row['iteration_ms']:.1f}", f"{row['epoch_s']:.1f}"] for row in rows),
    )


TABLES = {"aims": _aims, "memory": _memory, "steps": _steps, "placement": _placement, "training": _training}
"""Tables in the order in which they are printed, and the figures that each is made from."""


def _short(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


def _heading(title: str, text: str) -> Iterator[str]:
    yield from ("", f"### {title}", "")
    if text:
        yield from (text, "")


def _table(head: Cells, rows: Iterator[Cells]) -> Iterator[str]:
    yield _line(head)
    yield _line(["---"] * len(head))
    yield from map(_line, rows)


def _line(cells: Cells) -> str:
    return f"| {' | '.join(map(str, cells))} |"
