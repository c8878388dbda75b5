"""Runs the demo's commands one after the other, and shows what came out."""

from __future__ import annotations

import hashlib
import json
import shlex
import subprocess
import sys
import time
from pathlib import Path

from nnunet_spine.demo.figure import draw_overlays
from nnunet_spine.demo.scores import score_table, scores_of
from nnunet_spine.demo.steps import DemoSettings, Step, demo_steps
from nnunet_spine.evaluation.results import read_results
from nnunet_spine.plumbing.files import write_text
from nnunet_spine.plumbing.programs import of_this_environment

LAST_WORDS = """
What you see
  Dice of patients that neither training has seen. Both networks were trained for a few minutes on the T1 images of a
  digital phantom: one on the images themselves, one on images synthesised from their label maps.
Where to look next
  {output}/report/index.html    which is better, how sure that is, and where they fail: open it in a browser
  {output}/README.md            this table, and every command with its time
  {output}/overlays.png         the same case in both sequences, reference and predictions
  {output}/logs/                what the commands printed
  nnunet-spine convert --help   your own SPIDER download instead of the phantom
"""


def run_demo(settings: DemoSettings) -> int:
    """Run all steps that have not ended well yet, then write table, figure and a page about them.

    Returns:
        0, or the exit code of the step that failed.

    Raises:
        ValueError: if the folder holds a demo of another size, or something else.
    """
    _claim(settings)
    steps = list(demo_steps(settings, _device(settings.device)))
    variables = settings.environment()
    print(f"Demo in {settings.output}; nnU-Net's folders lie there too, whatever your environment says.\n", flush=True)
    settings.results.mkdir(exist_ok=True)
    for number, step in enumerate(steps, 1):
        code = _run_step(step, f"[{number}/{len(steps)}]", settings.output, variables)
        if code:
            return code
    return _show(settings, steps)


def _claim(settings: DemoSettings) -> None:
    """Write the size of the demo into its folder, so that no later one of another size takes over its results."""
    record = settings.output / "settings.json"
    size = {"patients": settings.patients, "epochs": settings.epochs, "iterations": settings.iterations}
    if record.exists():
        if json.loads(record.read_text()) != size:
            raise ValueError(f"{settings.output}: expected a demo of {size}, found one of {record.read_text()}")
        return
    settings.output.mkdir(parents=True, exist_ok=True)
    if any(settings.output.iterdir()):
        raise ValueError(f"{settings.output}: expected an empty folder or an earlier demo, found other files")
    write_text(record, json.dumps(size))


def _device(wanted: str) -> str:
    if wanted != "auto":
        return wanted
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def _marker(step: Step, output: Path) -> Path:
    """File that says that this very command has ended well; it holds the seconds that it took."""
    return output / "logs" / f"{hashlib.sha256(shlex.join(step.command).encode()).hexdigest()[:12]}.done"


def _run_step(step: Step, number: str, output: Path, variables: dict[str, str]) -> int:
    marker, log = _marker(step, output), output / "logs" / f"{number.strip('[]').split('/')[0].zfill(2)}.log"
    if marker.exists():
        print(f"{number} {step.title}: done before", flush=True)
        return 0
    log.parent.mkdir(exist_ok=True)
    print(f"{number} {step.title}\n    {shlex.join(step.command)}", flush=True)
    start = time.monotonic()
    with log.open("w") as out:
        command = of_this_environment(step.command)
        process = subprocess.Popen(command, env=variables, stdout=out, stderr=subprocess.STDOUT)
        code = _wait(process, log, start)
    seconds = time.monotonic() - start
    if code:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        print(f"    failed with exit code {code}; the end of {log}:\n{tail}", file=sys.stderr)
        return code
    write_text(marker, f"{seconds:.0f}")
    print(f"    {seconds:.0f} s", flush=True)
    return 0


def _wait(process: subprocess.Popen, log: Path, start: float) -> int:
    """Wait for a command; on a terminal show the time and the last line that it wrote."""
    while True:
        try:
            code = process.wait(timeout=1)
            break
        except subprocess.TimeoutExpired:
            if sys.stdout.isatty():
                lines = log.read_text(errors="replace").replace("\r", "\n").strip().splitlines()
                print(f"\r\033[K    {time.monotonic() - start:4.0f} s  {(lines or [''])[-1][:90]}", end="", flush=True)
        except KeyboardInterrupt:
            process.terminate()
            process.wait()
            raise
    if sys.stdout.isatty():
        print("\r\033[K", end="")
    return code


def _show(settings: DemoSettings, steps: list[Step]) -> int:
    table = score_table({arm: scores_of(read_results(settings.results_of(arm))) for arm in settings.arms})
    draw_overlays(settings, settings.output / "overlays.png")
    commands = "\n".join(
        f"| {step.title} | {_marker(step, settings.output).read_text()} | `{shlex.join(step.command)}` |"
        for step in steps
    )
    (settings.output / "README.md").write_text(
        f"# nnunet-spine: the demo\n\nMean Dice of unseen patients of the phantom.\n\n{table}\n\n"
        f"![overlays](overlays.png)\n\n| step | seconds | command |\n|---|---|---|\n{commands}\n"
    )
    print(f"\nMean Dice, patients of the phantom that no training has seen\n\n{table}")
    print(LAST_WORDS.format(output=settings.output))
    return 0
