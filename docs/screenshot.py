"""The README's picture of the app: python -m docs.screenshot [TEXT]. Writes docs/app.png.

The Draw page in headless Chromium, with our own handwriting drawn by real mouse events.
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path

from PIL import Image

from benchmarks import browser as real

TARGET = Path(__file__).with_name("app.png")
COLOURS = 96  # paper, ink and a few more: a small file


def shoot(text: str) -> bytes:
    """A PNG of the Draw page after `text` was written on its sheet and read."""
    with real.app() as address, real.chromium() as browser:
        page = real.visit(browser, f"{address}/draw", height=840)
        if len(text) > 1:
            page.get_by_role("radio", name="Several").click()
        page.locator(".js-plotly-plot").nth(2).wait_for()
        real.draw(page, text)
        page.get_by_text("sure", exact=False).first.wait_for()
        real.settled(page)
        page.mouse.move(5, 5)
        page.locator(".js-plotly-plot .barlayer path").nth(4).wait_for(state="attached")
        return page.screenshot(animations="disabled")


def main() -> None:
    parser = argparse.ArgumentParser(description="Makes the README's picture of the app.")
    parser.add_argument("text", nargs="?", default="7", help="what to write on the sheet")
    shot = Image.open(io.BytesIO(shoot(parser.parse_args().text))).convert("RGB")
    shot.quantize(COLOURS, dither=Image.Dither.NONE).save(TARGET, optimize=True)
    print(f"{TARGET.relative_to(Path.cwd())}: {shot.width} x {shot.height}, {TARGET.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
