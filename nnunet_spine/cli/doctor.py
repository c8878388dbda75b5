"""`nnunet-spine doctor`: tells whether everything is in place, and what to do where it is not."""

from __future__ import annotations

import argparse

from nnunet_spine.plumbing.wording import counted


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "doctor",
        help="tell whether everything is in place, and what to do where it is not",
        description="Looks at versions, nnU-Net's variables and folders, data sets, trainers and the device. "
        "Exit code 0 without a problem, 1 otherwise.",
    )
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print all findings."""
    import json
    import warnings
    from dataclasses import asdict

    from nnunet_spine.doctor import Status, examine

    warnings.simplefilter("ignore")  # those of torch and others, imported to see whether they can be
    findings = examine()
    problems = sum(finding.status is Status.PROBLEM for finding in findings)
    if args.json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            print(f"{finding.status.value:<8} {finding.topic}: {finding.text}")
            if finding.advice:
                print(f"{'':<8} -> {finding.advice}")
        print(f"\n{counted(problems, 'problem')}." if problems else "\nEverything is in place.")
    return 1 if problems else 0
