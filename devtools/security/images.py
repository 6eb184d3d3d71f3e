"""Pin the images of Dockerfile and compose.yaml by digest: `python -m devtools.security.images`.

It asks each image's registry what its tag means today (OCI distribution specification 1.1, `HEAD …/manifests/<tag>`), so it needs
the network; where a registry does not answer, nothing is changed, and the exit code is 1.
"""

import argparse
import re
import sys
from pathlib import Path

import httpx

from devtools.security.audit import ROOT

FILES = ("Dockerfile", "compose.yaml")
DOCKER_HUB = "registry-1.docker.io"
# An image of several platforms: its digest names all of them.
ACCEPT = "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json"
# Ours is built, not pulled; a stage's name has no tag.
IMAGE = re.compile(r"(?P<before>^(?:FROM| +image:) +)(?P<name>[\w./-]+):(?P<tag>[\w.-]+)(?:@sha256:\w+)?", re.MULTILINE)
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')


def pinned(text: str, http: httpx.Client, scheme: str = "https") -> str:
    """The file with each image's digest behind its tag. Raises httpx.HTTPError, and ValueError for a registry that tells none."""

    def with_digest(found: re.Match[str]) -> str:
        return f"{found['before']}{found['name']}:{found['tag']}@{digest(found['name'], found['tag'], http, scheme)}"

    return IMAGE.sub(with_digest, text)


def digest(name: str, tag: str, http: httpx.Client, scheme: str) -> str:
    """`sha256:…` of what the tag means now."""
    host, _slash, path = name.partition("/")
    if not path or not re.search(r"[.:]", host):
        # Docker Hub's own short names: python, grafana/grafana.
        host, path = DOCKER_HUB, name if path else f"library/{name}"
    url, headers = f"{scheme}://{host}/v2/{path}/manifests/{tag}", {"Accept": ACCEPT}
    answer = http.head(url, headers=headers)
    if answer.status_code == 401:
        asked = dict(_CHALLENGE.findall(answer.headers["WWW-Authenticate"]))
        token = http.get(asked.pop("realm"), params=asked).raise_for_status().json()["token"]
        answer = http.head(url, headers=headers | {"Authorization": f"Bearer {token}"})
    digest = answer.raise_for_status().headers.get("Docker-Content-Digest", "")
    if not re.fullmatch("sha256:[0-9a-f]{64}", digest):
        raise ValueError(f"{host} tells no digest of {name}:{tag}")
    return str(digest)


def main() -> int:
    argparse.ArgumentParser(prog="python -m devtools.security.images", description=__doc__).parse_args()
    try:
        with httpx.Client(timeout=20, follow_redirects=True) as http:
            changed = {ROOT / name: pinned((ROOT / name).read_text(), http) for name in FILES}
    except (httpx.HTTPError, ValueError, KeyError) as error:
        sys.stderr.write(f"Nothing was pinned: no registry told a digest ({error}).\n")
        return 1
    for path, text in changed.items():
        _write(path, text)
    return 0


def _write(path: Path, text: str) -> None:
    images = [found[0].strip() for found in IMAGE.finditer(text)]
    path.write_text(text)
    sys.stdout.writelines(f"{path.name}: {image}\n" for image in images)


if __name__ == "__main__":
    sys.exit(main())
