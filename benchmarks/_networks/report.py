"""The figures as Markdown, for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from _networks.contenders import HOST


def markdown(figures: Mapping[str, Any]) -> Iterator[str]:
    """Lines of the table."""
    machine = figures["machine"]
    where = machine["gpu"] if figures["device"] == "cuda" else machine["cpu"]
    versions = ", ".join(f"{name} {machine['versions'][name]}" for name in ("nnunetv2", "torch"))
    yield f"{where}; threads: {machine['threads']}; Python {machine['python']}, {versions}"
    patch = "x".join(map(str, figures["patch"]))
    yield f"{figures['batch']} patches of {patch}, {figures['classes']} classes, on {figures['device']}"
    yield ""
    times = ("step (ms)", "x PlainConvUNet", "processor time (ms)", "x PlainConvUNet")
    head = ("network", "parameters", "outputs", *times, "peak memory (MiB)", "x PlainConvUNet")
    yield f"| {' | '.join(head)} |"
    yield "|---" * len(head) + "|"
    host = next(row for row in figures["rows"] if row["name"] == HOST)
    for row in figures["rows"]:
        pairs = (f"{row[key]:,.0f} | {row[key] / host[key]:.2f}" for key in ("step_ms", "cpu_ms", "peak_mib"))
        yield f"| {row['name']} | {row['parameters']:,} | {row['outputs']} | {' | '.join(pairs)} |"
