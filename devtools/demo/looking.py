"""Looking back: no secret of this run may stand in clear in a log or in the database."""

from devtools.demo.stage import Stage, Step, expect


def nothing_in_clear(stage: Stage) -> None:
    """Search the logs (at level debug) and the database files for every secret seen above."""
    files, found = stage.secret_scan.search()
    read = {path.name: path.read_bytes() for path in files}
    # A search that reads the wrong files finds nothing either: these texts must be there.
    expect(b"meo-gpt" in b"".join(read[name] for name in read if "sqlite3" in name), "the database was not searched")
    expect(b"/oauth/token" in read["connector.log"], "the connector's log was not searched")
    expect(not found, "; ".join(f"{one.label} stands {one.writing} in {one.file.name}" for one in found))
    sizes = ", ".join(f"{name} {len(content) // 1024} kB" for name, content in read.items())
    stage.fact(f"{len(stage.secret_scan)} secrets looked for in five writings: none found ({sizes})")


STEPS: list[Step] = [nothing_in_clear]
