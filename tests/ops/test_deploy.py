"""deploy/: each example is read by the program it is for, where that is installed, and no metric is named that does not exist."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.production import ROOT

DEPLOY = ROOT / "deploy"
pytestmark = pytest.mark.once


def program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed (Debian: prometheus, nginx-light, caddy, systemd)")
    return found


def run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_reads_the_rules_and_the_scrape_job(tmp_path: Path) -> None:
    promtool = program("promtool")
    run(promtool, "check", "rules", str(DEPLOY / "prometheus" / "rules.yml"))
    shutil.copy(DEPLOY / "prometheus" / "rules.yml", tmp_path)
    (tmp_path / "token").write_text("x")
    job = (DEPLOY / "prometheus" / "meo-connector.yml").read_text()
    (tmp_path / "prometheus.yml").write_text(job.replace("/etc/prometheus/meo-connector.token", f"{tmp_path}/token"))
    run(promtool, "check", "config", str(tmp_path / "prometheus.yml"))


def test_nginx_reads_its_example(tmp_path: Path) -> None:
    nginx = program("nginx")
    key, certificate = _certificate(tmp_path)
    text = (DEPLOY / "nginx" / "meo-connector.conf").read_text()
    text = re.sub(
        r"(ssl_certificate_key) .*;", rf"\1 {key};", re.sub(r"(ssl_certificate) .*;", rf"\1 {certificate};", text)
    )
    text = text.replace("listen 80;", "listen 8480;").replace("[::]:80;", "[::]:8480;").replace(":443 ", ":8443 ")
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/nginx.pid;\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n"
        + "".join(
            f"{kind}_temp_path {tmp_path}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        + text.replace("listen 443 ", "listen 8443 ")
        + "}\n"
    )
    run(nginx, "-t", "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path))


@pytest.mark.parametrize(
    "path",
    ["/oauth/callback", "/oauth/authorize", "/oauth/consent", "/zalo/link/Zk3kPq", "/zalo/linked", "/zalo/granted"],
)
def test_nginx_writes_down_no_address_that_holds_a_code_or_a_link(path: str) -> None:
    text = (DEPLOY / "nginx" / "meo-connector.conf").read_text()
    unlogged = re.search(r"location ~ (\S+) \{\s+access_log off;", text)

    assert unlogged is not None
    assert re.search(unlogged[1], path)


def _certificate(folder: Path) -> tuple[Path, Path]:
    key, certificate = folder / "key.pem", folder / "cert.pem"
    run(
        program("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
        "-subj", "/CN=connector.example.com", "-keyout", str(key), "-out", str(certificate),
    )  # fmt: skip
    return key, certificate


def test_caddy_reads_its_example() -> None:
    run(program("caddy"), "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / "caddy" / "Caddyfile"))


def test_systemd_reads_the_units(tmp_path: Path) -> None:
    analyze = program("systemd-analyze")
    for unit in (DEPLOY / "systemd").iterdir():
        # It wants the programs to be there, and the user is this machine's own affair.
        text = re.sub(r"/opt/meo-connector/\.venv/bin/\w+", "/bin/true", unit.read_text())
        (tmp_path / unit.name).write_text(
            text.replace("WorkingDirectory=/opt/meo-connector", f"WorkingDirectory={tmp_path}")
        )
        run(analyze, "verify", "--man=no", str(tmp_path / unit.name))


def test_every_metric_that_is_named_exists() -> None:
    documented = set(re.findall(r"`(meo_\w+)`", (ROOT / "docs" / "operations.md").read_text()))
    dashboard = json.loads((DEPLOY / "grafana" / "meo-connector.json").read_text())
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    asked.append((DEPLOY / "prometheus" / "rules.yml").read_text())
    named = {name.removesuffix("_bucket") for text in asked for name in re.findall(r"\bmeo_[a-z_]+", text)}

    assert named - documented == set()
    assert len(named) > 10
