"""What the service is made of: the pins of requirements.txt with their hashes, and each package's licence as it was reviewed.

`python -m devtools.security.packages` writes the licences into docs/dependencies.md; a test holds that table to what is installed.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import metadata

from devtools.security.audit import ROOT
from devtools.security.document import table, written_into

DOCUMENT = ROOT / "docs" / "dependencies.md"
_PIN = re.compile(r"^([\w.-]+)==([\w.]+)[^\\\n]*((?: \\\n    --hash=sha256:[0-9a-f]{64})+)", re.MULTILINE)

# What packages say beside an SPDX expression (PEP 639), as reviewed in their licence files.
_AS_SPDX = {
    "Apache 2": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "BSD": "BSD-3-Clause",
    "BSD-3-Clause, Apache-2.0, dependency licenses": "BSD-3-Clause AND Apache-2.0",
    "BSD 3-Clause OR Apache-2.0": "BSD-3-Clause OR Apache-2.0",
    "MIT License": "MIT",
}
# Nothing but to keep the notice: any use, in source and binary form.
PERMISSIVE = {"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "MIT", "MIT-0", "MIT-CMU", "PSF-2.0", "Unlicense"}
# Those that ask for more of whoever passes the image on, and why they may be here. A new one needs a review and a line.
REVIEWED = {
    "certifi": "MPL-2.0 asks for the source of its own files, which are here unchanged",
    "jwcrypto": "imported, unchanged, and can be replaced: what LGPL-3.0 asks for. Goes with `JWT_SECRET`",
    "orjson": "MPL-2.0 asks for the source of its own files, which are here unchanged",
    "pillow-heif": "the wheel is GPL-2.0 as a whole: it holds x265, beside libheif and libde265 (LGPL-3.0). We serve with it and pass "
    "nothing on; who passes an image on passes these sources on, too, or leaves this package out",
    "psycopg": "imported, unchanged, and can be replaced: what LGPL-3.0 asks for",
    "psycopg-binary": "as psycopg; the wheel holds libpq (PostgreSQL), OpenSSL (Apache-2.0), Kerberos (MIT), OpenLDAP and SASL (BSD)",
    "pypdfium2": "the wheel holds PDFium (BSD-3-Clause, Apache-2.0) and what that holds: FreeType, libjpeg-turbo, OpenJPEG and others, "
    "all permissive",
}


@dataclass(frozen=True)
class Package:
    """One pin. `hashes`: SHA-256 of each of its files. `licence`: an SPDX expression."""

    name: str
    version: str
    hashes: tuple[str, ...]
    licence: str


def packages(file: str = "requirements.txt") -> Iterator[Package]:
    """As pinned in this file; licences as the installed packages tell them."""
    for name, version, hashes in _PIN.findall((ROOT / file).read_text()):
        yield Package(name, version, tuple(re.findall(r"sha256:(\w+)", hashes)), licence(name))


def licence(name: str) -> str:
    """Of an installed package, as an SPDX expression. Raises importlib.metadata.PackageNotFoundError."""
    about = metadata(name)
    classified = [one.rpartition(" :: ")[2] for one in about.get_all("Classifier") or () if one.startswith("License")]
    # The whole text stands in `License` of some.
    free = [one for one in about.get_all("License") or () if one and len(one) < 60]
    text = next(iter([*(about.get_all("License-Expression") or ()), *free, *classified]), "unknown")
    return _AS_SPDX.get(text, text)


def is_permissive(expression: str) -> bool:
    return all(part in PERMISSIVE for part in re.split(r" (?:AND|OR) ", expression.replace("(", "").replace(")", "")))


def licences() -> str:
    """The table of docs/dependencies.md."""
    rows = [[one.name, one.licence, REVIEWED.get(one.name, "")] for one in packages()]
    return table(["Package", "Licence", "Reviewed"], rows)


def main() -> int:
    argparse.ArgumentParser(prog="python -m devtools.security.packages", description=__doc__).parse_args()
    DOCUMENT.write_text(written_into(DOCUMENT.read_text(), {"licences": licences()}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
