"""The pictures that a listing and the README need: `python -m devtools.pictures` draws the logo and the icon out of paw.svg, the
views, and the admin's first page with sample data.

The views are drawn by their own test (tests/mcp/test_views_in_a_browser.py), with real answers under the official AppBridge. Needs
chromium, chromedriver and npm. The README's conversation is drawn by `make demo ARGS="--picture docs/pictures/conversation.svg"`.
"""

import argparse
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageChops
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.expected_conditions import title_contains
from selenium.webdriver.support.wait import WebDriverWait

from devtools.demo.processes import Processes
from devtools.demo.staying import SAMPLE, STAFF

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "oauthbridge" / "static" / "oauthbridge"
LISTING = ROOT / "docs" / "listing"
VIEWS_TEST = "tests/mcp/test_views_in_a_browser.py::test_each_is_readable_in_each_language[en]"
VIEWS = ("review_records", "pets_overview", "list_weights", "get_pet", "delete_pet")
PICTURE = "{view}-en-light-1040.png"
PAPER = "#fffaf3"
SCROLL_BAR = 20
ADMIN_SIZE = (1200, 690)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m devtools.pictures", description=__doc__)
    parser.add_argument("--only-admin", action="store_true", help="nothing but docs/pictures/admin.png")
    only_admin = parser.parse_args().only_admin
    with tempfile.TemporaryDirectory(prefix="meo-pictures-") as folder:
        _admin(Path(folder)).save(ROOT / "docs" / "pictures" / "admin.png", optimize=True)
        if only_admin:
            return
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
    with _browser(size, size) as driver:
        driver.get(page.as_uri())
        return _seen(driver, size, size)


def _admin(folder: Path) -> Image.Image:
    password = secrets.token_urlsafe(12)
    with Processes(folder) as processes:
        processes.start()
        account = ("createsuperuser", "--no-input", "--username", STAFF)
        processes.manage(*account, DJANGO_SUPERUSER_PASSWORD=password)
        processes.manage("sample_data", *SAMPLE)
        with _browser(*ADMIN_SIZE) as driver:
            driver.get(f"{processes.connector_url}/admin/")
            driver.find_element(By.NAME, "username").send_keys(STAFF)
            driver.find_element(By.NAME, "password").send_keys(password, Keys.ENTER)
            WebDriverWait(driver, 30).until(title_contains("Overview"))
            return _seen(driver, *ADMIN_SIZE)


def _browser(width: int, height: int) -> webdriver.Chrome:
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--hide-scrollbars", f"--window-size={width},{height + 200}"):
        options.add_argument(argument)
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))


def _seen(driver: webdriver.Chrome, width: int, height: int) -> Image.Image:
    return Image.open(BytesIO(driver.get_screenshot_as_png())).convert("RGB").crop((0, 0, width, height))


def _cut(file: Path) -> Image.Image:
    """The picture without the frame's scroll bar, and without the empty ground below what is drawn."""
    whole = Image.open(file).convert("RGB")
    whole = whole.crop((0, 0, whole.width - SCROLL_BAR, whole.height))
    ground = Image.new("RGB", whole.size, whole.getpixel((whole.width - 1, whole.height - 1)))
    box = ImageChops.difference(whole, ground).getbbox()
    return whole.crop((0, 0, whole.width, min(whole.height, box[3] + 24))) if box else whole


if __name__ == "__main__":
    main()
