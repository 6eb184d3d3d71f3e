"""A conversation: what the person says, the tool that ChatGPT calls for it, the answer in words. A later tool is one more function."""

from datetime import date, timedelta
from urllib.parse import quote

from devtools.demo.stage import Stage, Step, expect


def list_pets(stage: Stage) -> None:
    """list_pets: "which pets do I have?"."""
    stage.person_says("Which pets do I have?")
    answer = stage.done("GET", "/pets", tool="list_pets")
    pets = answer["pets"]
    expect(any(pet["name"] == "Biscuit" for pet in pets), "Biscuit is missing from the person's pets")
    expect(answer["total"] >= len(pets), "the total is smaller than the list")
    stage.assistant_says(", ".join(f"{pet['name']} ({pet['species_name'].lower()})" for pet in pets) + ".")


def find_pet(stage: Stage) -> None:
    """find_pet: "how is my cat biskit?", spelled as people spell."""
    stage.person_says("How is my cat biskit?")
    near = stage.call("POST", "/pets/find", body={"name": "biskit"}, tool="find_pet")
    expect(any(one["name"] == "Biscuit" for one in near["candidates"]), "a misspelled name suggests nothing")
    stage.assistant_says("There is no biskit, but a Biscuit. Do you mean him?")
    stage.person_says("Yes, BISCUIT!")
    found = stage.done("POST", "/pets/find", body={"name": "BISCUIT", "species": "cat"}, tool="find_pet")["candidates"]
    expect(found[0]["name"] == "Biscuit", "the best match is another pet")
    stage.pet_id = found[0]["id"]
    pet = stage.done("GET", f"/pets/{stage.pet_id}", tool="get_pet")["data"]
    expect(pet["id"] == stage.pet_id and pet["name"] == "Biscuit", "this is another pet")
    expect(bool(pet["age"]), "the age is missing")
    stage.assistant_says(f"{pet['name']} is a {pet['species_name'].lower()}, {pet['age']}.")


def unknown_pet(stage: Stage) -> None:
    """get_pet with somebody else's number: an error the model can act on."""
    stage.person_says("And what about pet number 999999?")
    answer = stage.call("GET", "/pets/999999", status=404, tool="get_pet")
    expect(answer.get("error") == "NOT_FOUND", f"the error is {answer.get('error')!r}")
    expect(bool(answer.get("request_id")) and answer.get("retryable") is False, "the error's shape is incomplete")
    stage.assistant_says("I see no such pet of yours. Shall I list those that you have?")


def overview(stage: Stage) -> None:
    """pets_overview: "who is due next?"."""
    stage.person_says("Who has to see the vet next?")
    answer = stage.done("POST", "/pets/overview", body={"sort_by": "next_vaccination_due_at"}, tool="pets_overview")
    due = [pet for pet in answer["pets"] if pet["overdue_since"] or pet["next_vaccination_due_at"]]
    expect(bool(due) and answer["pets"][: len(due)] == due, "what is due does not stand first")
    stage.assistant_says(
        "; ".join(
            f"{pet['name']}: overdue since {pet['overdue_since']}"
            if pet["overdue_since"]
            else f"{pet['name']}: {pet['next_vaccination_due_at']}"
            for pet in due
        )
        + "."
    )


def create_pet(stage: Stage) -> None:
    """create_pet: "we have a new kitten, Waffle, about four months old, a girl"; a second time it is a question."""
    types = stage.done("GET", "/pet-types")["pet_types"]
    expect({"cat", "dog"} <= {one["slug"] for one in types}, "cats or dogs are missing")
    stage.person_says("We have a new kitten! Waffle, a girl, about four months old. We live in Vietnam.")
    body = {"name": "Waffle", "species": "kitten", "age": "4 months", "sex": "girl", "country": "VN"}
    pet = stage.done("POST", "/pets", body=body, status=201, tool="create_pet")["data"]
    expect((pet["species"], pet["sex"], pet["birthday_precision"]) == ("cat", "female", "month"), "not as it was said")
    stage.new_pet_id = pet["id"]
    stage.assistant_says(f"Welcome, {pet['name']}! She is entered as a cat, female, {pet['age']}.")
    stage.person_says("Add Waffle the cat, she loves boxes.")
    body = {"name": "waffle", "species": "cat", "country": "VN", "description": "loves boxes"}
    answer = stage.call("POST", "/pets", body=body, tool="create_pet")
    expect(answer.get("reason") == "possible_duplicate", f"the answer is {answer.get('reason')!r}")
    expect(answer["candidates"][0]["id"] == stage.new_pet_id, "the candidate is another pet")
    stage.assistant_says("You have a Waffle already. Do you mean her, or is this another cat of that name?")


def weight(stage: Stage) -> None:
    """add_weight, as people say it; said twice it is stored once."""
    stage.person_says("Waffle was 1kg4 yesterday.")
    path, body = f"/pets/{stage.new_pet_id}/weights", {"weight_kg": "1kg4", "measured_at": "yesterday"}
    first = stage.done("POST", path, body=body, status=201, tool="add_weight")
    again = stage.done("POST", path, body=body, tool="add_weight")
    expect(first["data"]["weight_kg"] == 1.4, "1kg4 is not 1.4 kg")
    expect(again["already_recorded"] and again["data"] == first["data"], "the repeated call made a second record")
    stage.assistant_says(f"{first['data']['weight_kg']} kg on {first['data']['measured_at']} is on record.")
    stage.fact("ChatGPT sent it twice, as it does when an answer gets lost: it is stored once")


def record_many(stage: Stage) -> None:
    """record_many: the lines of a vaccination card, read from a photo; then attach_files: the photo itself."""
    stage.person_says("[a photo of a vaccination card] Put all of this on Waffle's record, please.")
    given = date.today() - timedelta(days=14)
    day, due = given.isoformat(), (given + timedelta(days=365)).isoformat()
    card = [
        {"kind": "vaccination", "pet_name": "Waffle", "vaccine_name": name, "administered_at": day, "due_at": next_one}
        for name, next_one in (("Rabies", due), ("FVRCP", None))
    ]
    visit = {"kind": "medical_record", "pet_name": "Waffle", "record_type": "check-up", "record_date": day}
    answer = stage.done("POST", "/records", body={"records": [*card, visit]}, tool="record_many")
    expect(answer["summary"]["written"] == 3, "not all three are saved")
    stage.record_id = answer["results"][0]["data"]["id"]
    link = stage.processes.files.link
    stage.secret_scan.learn("file link", link.partition("?sig=")[2])
    file = {"name": "card.png", "id": "file-demo", "mime_type": "image/png", "download_link": link}
    body = {"openaiFileIdRefs": [file], "target": "vaccination", "record_id": stage.record_id}
    attached = stage.done("POST", f"/pets/{stage.new_pet_id}/files", body=body, tool="attach_files")
    expect(attached["saved"] == 1, "the picture was not saved")
    stage.assistant_says(f"Saved: rabies (next on {due}), FVRCP and the check-up of {day}, with the photo of the card.")


def delete_pet(stage: Stage) -> None:
    """delete_pet: asks first, and deletes only when it is confirmed."""
    stage.person_says("That was only to try it. Delete Waffle.")
    path = f"/pets/{stage.new_pet_id}"
    asked = stage.call("DELETE", path, tool="delete_pet")
    expect(asked.get("reason") == "confirmation_needed", "it was not asked about")
    stage.done("GET", path)
    stage.assistant_says("Deleting Waffle can't be undone; her whole history goes with her. Really?")
    stage.person_says("Yes, really.")
    stage.done("DELETE", f"{path}?confirmation={quote(asked['confirmation'])}", tool="delete_pet")
    stage.call("GET", path, status=404)
    stage.assistant_says("Waffle is gone from your account.")


STEPS: list[Step] = [list_pets, find_pet, unknown_pet, overview, create_pet, weight, record_many, delete_pet]
