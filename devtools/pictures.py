"""The pictures that a listing needs: `python -m devtools.pictures` draws the logo and the icon out of paw.svg, and the views.

The views are drawn by their own test (tests/mcp/test_views_in_a_browser.py), with real answers under the official AppBridge. Needs
chromium, chromedriver and npm.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageChops
from selenium import webdriver

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "oauthbridge" / "static" / "oauthbridge"
LISTING = ROOT / "docs" / "listing"
VIEWS_TEST = "tests/mcp/test_views_in_a_browser.py::test_each_is_readable_in_each_language[en]"
VIEWS = ("review_records", "pets_overview", "list_weights", "get_pet", "delete_pet")
PICTURE = "{view}-en-light-1040.png"
PAPER = "#fffaf3"
SCROLL_BAR = 20


def main() -> None:
    argparse.ArgumentParser(prog="python -m devtools.pictures", description=__doc__).parse_args()
    with tempfile.TemporaryDirectory(prefix="meo-pictures-") as folder:
        _paw(Path(folder), 512).save(LISTING / "logo.png", optimize=True)
        _paw(Path(folder), 96).save(STATIC / "paw.png", optimize=True)
        environment = {**os.environ, "VIEW_PICTURES": folder, "TEST_DATABASE_URL": "none", "TEST_REDIS_URL": "none"}
        subprocess.run([sys.executable, "-m", "pytest", "-q", "-n0", VIEWS_TEST], cwd=ROOT, env=environment, check=True)
        (LISTING / "screenshots").mkdir(exist_ok=True)
        for view in VIEWS:
            drawn = Path(folder) / PICTURE.format(view=view)
            _cut(drawn).save(LISTING / "screenshots" / f"{view}.png", optimize=True)


def _paw(folder: Path, size: int) -> Image.Image:
    page = folder / f"paw-{size}.html"
    page.write_text(
        f'<body style="margin:0;background:{PAPER};display:grid;place-items:center;height:{size}px;width:{size}px">'
        f'<div style="width:78%">{(STATIC / "paw.svg").read_text()}</div>'
    )
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--hide-scrollbars", f"--window-size={size},{size + 200}"):
        options.add_argument(argument)
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    with webdriver.Chrome(options=options, service=service) as driver:
        driver.get(page.as_uri())
        driver.save_screenshot(folder / "paw.png")
    return Image.open(folder / "paw.png").convert("RGB").crop((0, 0, size, size))


def _cut(file: Path) -> Image.Image:
    """The picture without the frame's scroll bar, and without the empty ground below what is drawn."""
    whole = Image.open(file).convert("RGB")
    whole = whole.crop((0, 0, whole.width - SCROLL_BAR, whole.height))
    ground = Image.new("RGB", whole.size, whole.getpixel((whole.width - 1, whole.height - 1)))
    box = ImageChops.difference(whole, ground).getbbox()
    return whole.crop((0, 0, whole.width, min(whole.height, box[3] + 24))) if box else whole


if __name__ == "__main__":
    main()
