"""The page in a browser without a screen: its script runs, and the viewer shows what was predicted."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from nnunet_spine.comparison.compare import compare
from nnunet_spine.comparison.options import CompareOptions

from .example import PATIENTS, make_results, write_all
from .pictured import with_files

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason=f"none of {', '.join(BROWSERS)} is on the PATH")


ARMS = {"Real": 1, 'Synth <i>"&': 5}
"""How far back each one's predictions lie, in voxels of 1 mm."""

LIMIT_VOX = 5
"""Distances from here on have the colour at the end of the scale."""


def browse(page: Path, *arguments: str) -> str:
    """Run the browser on a page; nothing of a user's profile is touched."""
    command = [BROWSER, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    command += [f"--user-data-dir={page.parent.parent / 'profile'}", "--virtual-time-budget=20000"]
    done = subprocess.run(
        [*command, *arguments, page.as_uri()], capture_output=True, encoding="utf-8", timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("browser")
    some = [with_files(make_results(arm, patients=PATIENTS[:3]), folder, shift) for arm, shift in ARMS.items()]
    return compare([write_all(folder / "rows", some)], folder / "report", CompareOptions(cases=1))


def test_the_script_runs(page: Path):
    document = browse(page, "--dump-dom")
    viewers = len(re.findall('class="case viewer"', document))
    assert viewers
    assert f'data-viewers="{viewers}"' in document
    assert document.count('data-ready="true"') == viewers
    assert "cannot be shown" not in re.sub("<script>.*?</script>", "", document, flags=re.DOTALL)
    assert re.search(r'<th [^>]*><button type="button" title="Sort">', document)


PROBE = """<script>
addEventListener("load", async () => {
  const root = document.querySelector(".viewer");
  while (!document.documentElement.dataset.viewers) await new Promise((done) => setTimeout(done, 20));
  const count = (layer, colour) => {
    const canvas = root.querySelector(`canvas[data-layer=${layer}]`);
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let found = 0;
    for (let i = 0; i < data.length; i += 4) found += colour.every((value, k) => Math.abs(data[i + k] - value) < 24);
    return found;
  };
  const choose = (name, text) => {
    const select = root.querySelector(`select[name=${name}]`);
    select.value = [...select.options].find((option) => option.text === text).value;
    select.dispatchEvent(new Event("change"));
  };
  const key = (name) => {
    root.querySelector(".stage").dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true }));
    return Number(root.dataset.slice);
  };
  const seen = { slices: ["Home", "ArrowUp", "ArrowUp", "End"].map(key), arms: {} };
  choose("structure", "vertebrae");
  seen.inside = count("distances", [43, 131, 255]);
  for (const option of root.querySelectorAll("select[name=arm] option")) {
    choose("arm", option.text);
    seen.arms[option.text] = {
      tooMuch: count("errors", [213, 94, 0]), missed: count("errors", [86, 180, 233]),
      outside: count("distances", [255, 127, 0]), shown: root.querySelector(".by").textContent,
    };
  }
  document.title = JSON.stringify(seen);
});
</script></body>"""


def _probed(page: Path) -> dict[str, Any]:
    """What the script finds in a copy of the page."""
    probed = page.with_name("probed.html")
    probed.write_text(page.read_text(encoding="utf-8").replace("</body>", PROBE), encoding="utf-8")
    return json.loads(html.unescape(re.search("<title>(.*?)</title>", browse(probed, "--dump-dom"))[1]))


def test_the_viewer_shows_what_was_predicted(page: Path):
    seen = _probed(page)
    assert seen["slices"] == [1, 2, 2, 2]
    assert seen["arms"].keys() == ARMS.keys()
    for arm, shift in ARMS.items():
        found = seen["arms"][arm]
        # 26 rows of bone, two pixels of the canvas along each edge of a voxel.
        assert found["tooMuch"] == found["missed"] == 26 * shift * 4
        assert (found["outside"] > 0) == (shift >= LIMIT_VOX)
        assert found["shown"] == arm


def test_a_part_that_was_missed_is_seen_on_the_border_of_the_reference(tmp_path: Path):
    rows = with_files(make_results("Half", patients=PATIENTS[:2]), tmp_path, 0, top=20)
    page = compare([write_all(tmp_path / "rows", [rows])], tmp_path / "report", CompareOptions(cases=1))
    # 11 rows of both sides and 10 columns of the upper end are far enough; every other voxel is drawn, as four pixels.
    assert 50 < _probed(page)["inside"] < 100


def test_it_prints(page: Path, tmp_path: Path):
    browse(page, f"--print-to-pdf={tmp_path / 'page.pdf'}")
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")
