"""The tools once more, called by an MCP client, and what keeps its door apart from the GPT's."""

from devtools.demo.mcp_calls import VERSION, called, content, error, message, result
from devtools.demo.mcp_connecting import LOOKING_ONLY, challenge_of, sign_in_again
from devtools.demo.stage import TIMEOUT, Stage, Step, expect

MOST_TOOLS = 40


def list_tools(stage: Stage) -> None:
    """server/discover and tools/list: who is there, its rules, and what it can do."""
    about = result(stage, "server/discover")
    expect(VERSION in about["supportedVersions"], f"{VERSION} is not among the versions")
    expect("never guess ids" in about["instructions"][:512], "the rules do not stand first")
    tools = result(stage, "tools/list")["tools"]
    expect(0 < len(tools) <= MOST_TOOLS, f"{len(tools)} tools are too many or none")
    hints = ("readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint")
    expect(all(set(hints) <= tool["annotations"].keys() for tool in tools), "a tool lacks a hint")
    stage.fact(f"{len(tools)} tools, each with all four hints, input and output schema")


def read(stage: Stage) -> None:
    """find_pet: the same function as the GPT's, through the other door."""
    found = content(stage, "find_pet", name="BISCUIT", species="cat")["candidates"]
    expect(found[0]["id"] == stage.pet_id, "the two doors find different pets")
    stage.fact(f"Biscuit is pet {stage.pet_id} here too")


def clarification(stage: Stage) -> None:
    """find_pet for a name that nobody has: a question is an ordinary result."""
    answer = content(stage, "find_pet", name="biskit")
    expect(answer["status"] == "clarification_needed", f"the status is {answer['status']!r}")
    stage.fact(str(answer["message"]))


def unknown_pet(stage: Stage) -> None:
    """get_pet with somebody else's number: an error that the model can read."""
    refused = error(called(stage, "get_pet", pet_id=999_999))
    expect(refused.get("error") == "NOT_FOUND", f"the error is {refused.get('error')!r}")
    expect(bool(refused.get("request_id")) and refused.get("retryable") is False, "the error's shape is incomplete")


def step_up(stage: Stage) -> None:
    """create_pet: the person has not allowed that yet. The app asks them, and calls again."""
    refused = called(stage, "create_pet", status=403, name="Mochi", species="dog", country="VN")
    demand = challenge_of(refused)
    expect(demand["error"] == "insufficient_scope", f"the challenge says {demand['error']!r}")
    expect(error(refused)["error"] == "FORBIDDEN", "the model is not told")
    narrower = stage.app.token["refresh_token"]
    sign_in_again(stage, f"{LOOKING_ONLY} {demand['scope']} health:write")
    # It could be another machine's, so it does not end by itself.
    address = stage.server_metadata["revocation_endpoint"]
    revoked = stage.app.revoke_token(address, token=narrower, timeout=TIMEOUT)
    expect(revoked.status_code == 200, f"revoking the narrower token answered {revoked.status_code}")
    pet = content(stage, "create_pet", name="Mochi", species="dog", country="VN")["data"]
    stage.new_pet_id = pet["id"]
    stage.fact(f"Asked for {demand['scope']}, agreed, done: {pet['name']} is pet {pet['id']}")


def write_twice(stage: Stage) -> None:
    """add_weight, and the same again: apps repeat what they got no answer to, and it is stored once."""
    weighing = {"pet_id": stage.new_pet_id, "weight_kg": "6,5 kg", "measured_at": "yesterday"}
    first, again = content(stage, "add_weight", **weighing), content(stage, "add_weight", **weighing)
    expect(again["already_recorded"] and again["data"] == first["data"], "the repeated call made a second record")
    kept = content(stage, "list_weights", pet_id=stage.new_pet_id)["weights"]
    expect([one["weight_kg"] for one in kept] == [6.5], f"{len(kept)} weights are stored")
    stage.fact(f"{kept[0]['weight_kg']} kg on {kept[0]['measured_at']}, once")


def review(stage: Stage) -> None:
    """review_records: lines of a notebook as they were read, one smudged, one there already. Nothing is saved."""
    read = {"kind": "weight", "pet_id": stage.new_pet_id}
    lines = [
        {**read, "weight_kg": "6.5", "measured_at": "yesterday"},
        {**read, "weight_kg": "6.1", "measured_at": "2026-01-02"},
    ]
    answer = content(stage, "review_records", records=[lines[0], {**lines[1], "unsure": ["weight_kg"]}])
    expect([row["status"] for row in answer["rows"]] == ["duplicate", "ready"], "the rows are not told apart")
    expect(answer["rows"][1]["unsure"] == ["weight_kg"], "what was smudged is not marked")
    expect(len(content(stage, "list_weights", pet_id=stage.new_pet_id)["weights"]) == 1, "it has written something")
    stage.fact("one line is there already, one is ready and its weight unsure")


def by_name(stage: Stage) -> None:
    """add_weight for "mochi": a name instead of a number; a name that nobody has is asked about."""
    kept = content(stage, "add_weight", pet_id="mochi", weight_kg="6,6 kg", measured_at="2026-01-03")
    expect((kept["data"]["pet_id"], kept["pet_name"]) == (stage.new_pet_id, "Mochi"), "another pet was weighed")
    asked = content(stage, "add_weight", pet_id="Mocha's friend", weight_kg="6 kg")
    expect(asked["status"] == "clarification_needed", f"the status is {asked['status']!r}")
    stage.fact(f"{kept['pet_name']} was weighed; nobody else was")


def change_many(stage: Stage) -> None:
    """change_many: "both were a day later". One call for both, and one that takes both back."""
    listed = content(stage, "list_weights", pet_id="Mochi")["weights"]
    rows = [{"kind": "weight", "pet_id": "Mochi", "record_id": one["id"], "weight_kg": "6.4 kg"} for one in listed]
    changed = content(stage, "change_many", records=rows)
    expect([one["data"]["weight_kg"] for one in changed["results"]] == [6.4] * 2, "not both were changed")
    content(stage, changed["undo"]["operation"], **changed["undo"]["arguments"])
    expect(content(stage, "list_weights", pet_id="Mochi")["weights"] == listed, "they were not taken back")
    stage.fact(f"{len(rows)} weights corrected by one call, and taken back by one")


def habits(stage: Stage) -> None:
    """save_habit and record_habit: walks to be noted each day. A reminder of one day is what Meo Mai Moi has not."""
    asked = content(stage, "save_habit", name="Vet", pets=["Mochi"], on_day="in three months")
    expect(asked["reason"] == "not_possible", f"the reason is {asked.get('reason')!r}")
    made = content(
        stage,
        "save_habit",
        name="Walk",
        pets=["Mochi"],
        reminder_time="08:30",
        weekdays=["monday"],
        time_zone="Europe/London",
    )
    expect(made["status"] == "ok", f"the habit was not made: {made.get('message')}")
    noted = content(stage, "record_habit", habit="walk", value="yes", day="today")
    expect(noted["status"] == "ok", f"the walk was not noted: {noted.get('message')}")
    expect([one["value"] for one in noted["entries"]] == [1], "another value was noted")
    stage.fact(f"{made['data']['name']}, {made['data']['reminder_time']} on Mondays; {noted['day']}: done")


def two_doors(stage: Stage) -> None:
    """Each door takes its own tokens only: the GPT's is refused at /mcp, the app's where the GPT calls."""
    at_mcp = stage.chatgpt.post(f"{stage.connector}/mcp", **message("tools/list"), timeout=TIMEOUT)
    expect(at_mcp.status_code == 401, f"/mcp answered the GPT's token {at_mcp.status_code}")
    at_actions = stage.app.get(f"{stage.connector}/pets", timeout=TIMEOUT)
    expect(at_actions.status_code == 401, f"/pets answered the app's token {at_actions.status_code}")
    stage.done("GET", "/pets")
    stage.fact("401 and 401; at its own door the GPT's still works")


STEPS: list[Step] = [
    list_tools,
    read,
    clarification,
    unknown_pet,
    step_up,
    write_twice,
    review,
    by_name,
    change_many,
    habits,
    two_doors,
]
