"""The main app's faults, each met by one tool of each kind at the same moment: what the model is told, what is kept, how long it took.

The circuit breaker is off here (faults.breaker has it): each fault is met in full by each call.
"""

from collections.abc import Iterator

from faults.scenarios import Options, Row, Scenario
from faults.stage import stage


def run(options: Options) -> Iterator[Row]:
    with stage(options.folder) as set_up:
        app = set_up.client_app()
        token = set_up.sign_in(app, "noah")["access_token"]
        with set_up.connector.http(Authorization=f"Bearer {token}") as http:
            answer = http.get("/pets")
        yield Row(("none", "read", str(answer.status_code)), () if answer.status_code == 200 else (answer.text[:200],))


SCENARIOS = (Scenario("main-app", "Faults of the main app", ("Fault", "Tool", "HTTP"), run),)
