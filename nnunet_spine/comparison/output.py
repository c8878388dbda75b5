"""The folder of a report."""

from __future__ import annotations

from nnunet_spine.plumbing.whole_folder import WholeFolder

PAGE = "index.html"
MARK = '<meta name="generator" content="nnunet-spine'
"""Stands in the head of every page, as its template says."""

REPORT = WholeFolder("report", PAGE, MARK, folders=("figures", "tables"))
