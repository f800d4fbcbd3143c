"""The pictures of the README, made from a sample video: `python docs/make_pictures.py`.

Needs Playwright and a Chromium (Debian's package chromium).
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

import posecheck

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "sample_videos" / "standing-hip-front-lean-bent-knee.mp4"
TARGET = ROOT / "docs" / "img" / "report.png"
WIDTH_PX, HEIGHT_PX = 1040, 1330


def main() -> None:
    chromium = shutil.which("chromium")
    with tempfile.TemporaryDirectory() as out:
        posecheck.check(SAMPLE, move="standing-hip", out=out, video=False)
        report = Path(out) / SAMPLE.stem / "report.html"
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
            )
            page = browser.new_page(viewport={"width": WIDTH_PX, "height": HEIGHT_PX})
            page.goto(report.as_uri())
            page.wait_for_load_state("networkidle")
            shot = Path(out) / "shot.png"
            page.screenshot(path=shot)
            browser.close()
        TARGET.parent.mkdir(exist_ok=True)
        # A palette of 256 colours keeps it sharp and under 300 kB.
        Image.open(shot).convert("RGB").quantize(256).save(TARGET, optimize=True)


if __name__ == "__main__":
    main()
