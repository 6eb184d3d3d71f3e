"""What is written by hand of a web server, HTTP, SQL and limiters stays small (`python -m devtools.walk --lines`)."""

from devtools.walk.lines import counted

# At most 2,200 were asked for; whoever makes it less writes the new number here.
AT_MOST = 2200
# gunicorn's worker: threads, sockets and all.
SERVING = 200


def test_it_does_not_grow() -> None:
    found = counted()

    assert sum(found.values()) <= AT_MOST
    assert sum(count for name, count in found.items() if name.startswith("connector/serving/")) <= SERVING
