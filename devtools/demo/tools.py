"""The tools, called as ChatGPT calls them. A later tool is one more function here."""

from devtools.demo.stage import Stage, Step, expect


def pet_types(stage: Stage) -> None:
    """list_pet_types: which kinds of animals there are."""
    types = stage.done("GET", "/pet-types")["pet_types"]
    expect({"cat", "dog"} <= {one["slug"] for one in types}, "cats or dogs are missing")
    stage.fact(", ".join(one["name"] for one in types))


def list_pets(stage: Stage) -> None:
    """list_pets: "which pets do I have?"."""
    answer = stage.done("GET", "/pets")
    names = [pet["name"] for pet in answer["pets"]]
    expect("Biscuit" in names, "Biscuit is missing from the person's pets")
    expect(answer["total"] >= len(names), "the total is smaller than the list")
    stage.fact(", ".join(names))


def find_pet(stage: Stage) -> None:
    """find_pet: "how is my cat biskit?", spelled as people spell."""
    near = stage.call("POST", "/pets/find", body={"name": "biskit"})
    expect(any(one["name"] == "Biscuit" for one in near["candidates"]), "a misspelled name suggests nothing")
    found = stage.done("POST", "/pets/find", body={"name": "BISCUIT", "species": "cat"})["candidates"]
    expect(found[0]["name"] == "Biscuit", "the best match is another pet")
    stage.pet_id = found[0]["id"]
    stage.fact(f"Biscuit is pet {stage.pet_id}")


def get_pet(stage: Stage) -> None:
    """get_pet: everything about one pet."""
    pet = stage.done("GET", f"/pets/{stage.pet_id}")["data"]
    expect(pet["id"] == stage.pet_id and pet["name"] == "Biscuit", "this is another pet")
    expect(bool(pet["age"]), "the age is missing")
    stage.fact(f"{pet['name']}, {pet['species_name']}, {pet['age']}")


def unknown_pet(stage: Stage) -> None:
    """get_pet with somebody else's number: an error the model can act on."""
    answer = stage.call("GET", "/pets/999999", status=404)
    expect(answer.get("error") == "NOT_FOUND", f"the error is {answer.get('error')!r}")
    expect(bool(answer.get("request_id")) and answer.get("retryable") is False, "the error's shape is incomplete")


def overview(stage: Stage) -> None:
    """pets_overview: "which of my pets is due next?"."""
    answer = stage.done("POST", "/pets/overview", body={"sort_by": "next_vaccination_due_at"})
    due = [pet for pet in answer["pets"] if pet["overdue_since"] or pet["next_vaccination_due_at"]]
    expect(bool(due) and answer["pets"][: len(due)] == due, "what is due does not stand first")
    stage.fact("; ".join(f"{pet['name']}: {pet['overdue_since'] or pet['next_vaccination_due_at']}" for pet in due))


def create_pet(stage: Stage) -> None:
    """create_pet: "we have a new kitten, Waffle, about four months old, a girl"."""
    body = {"name": "Waffle", "species": "kitten", "age": "4 months", "sex": "girl", "country": "VN"}
    pet = stage.done("POST", "/pets", body=body, status=201)["data"]
    expect((pet["species"], pet["sex"], pet["birthday_precision"]) == ("cat", "female", "month"), "not as it was said")
    stage.new_pet_id = pet["id"]
    stage.fact(f"{pet['name']} is pet {pet['id']}, {pet['age']}")


def duplicate(stage: Stage) -> None:
    """create_pet again under the same name: a question, not a second Waffle."""
    body = {"name": "waffle", "species": "cat", "country": "VN", "description": "loves boxes"}
    answer = stage.call("POST", "/pets", body=body)
    expect(answer.get("reason") == "possible_duplicate", f"the answer is {answer.get('reason')!r}")
    expect(answer["candidates"][0]["id"] == stage.new_pet_id, "the candidate is another pet")
    stage.fact(str(answer["message"]))


def weight(stage: Stage) -> None:
    """add_weight, as people say it; said twice it is stored once."""
    path, body = f"/pets/{stage.new_pet_id}/weights", {"weight_kg": "1kg4", "measured_at": "yesterday"}
    first = stage.done("POST", path, body=body, status=201)
    again = stage.done("POST", path, body=body)
    expect(first["data"]["weight_kg"] == 1.4, "1kg4 is not 1.4 kg")
    expect(again["already_recorded"] and again["data"] == first["data"], "the repeated call made a second record")
    stage.fact(f"{first['data']['weight_kg']} kg on {first['data']['measured_at']}, once")


def record_many(stage: Stage) -> None:
    """record_many: the lines of a vaccination card, read from a photo."""
    card = [
        {
            "kind": "vaccination",
            "pet_name": "Waffle",
            "vaccine_name": name,
            "administered_at": "2026-03-01",
            "due_at": due,
        }
        for name, due in (("Rabies", "2027-03-01"), ("FVRCP", None))
    ]
    visit = {"kind": "medical_record", "pet_name": "Waffle", "record_type": "check-up", "record_date": "2026-03-01"}
    answer = stage.done("POST", "/records", body={"records": [*card, visit]})
    expect(answer["summary"]["written"] == 3, "not all three are saved")
    stage.record_id = answer["results"][0]["data"]["id"]
    stage.fact(", ".join(f"{one['kind']} {one['data']['id']}" for one in answer["results"]))


def attach_file(stage: Stage) -> None:
    """attach_files: the photo of the card itself, fetched from ChatGPT's file storage."""
    link = stage.processes.files.link
    stage.ledger.learn("file link", link.partition("?sig=")[2])
    file = {"name": "card.png", "id": "file-demo", "mime_type": "image/png", "download_link": link}
    body = {"openaiFileIdRefs": [file], "target": "vaccination", "record_id": stage.record_id}
    answer = stage.done("POST", f"/pets/{stage.new_pet_id}/files", body=body)
    expect(answer["saved"] == 1, "the picture was not saved")
    stage.fact(f"photo {answer['results'][0]['photos'][0]['photo_id']} stands on the vaccination")


def delete_pet(stage: Stage) -> None:
    """delete_pet: asks first, and deletes only when it is confirmed."""
    path = f"/pets/{stage.new_pet_id}"
    asked = stage.call("DELETE", path)
    expect(asked.get("reason") == "confirmation_needed", "it was not asked about")
    stage.done("GET", path)
    stage.done("DELETE", f"{path}?confirm=true")
    stage.call("GET", path, status=404)
    stage.fact("Waffle is gone from the main app")


STEPS: list[Step] = [
    pet_types,
    list_pets,
    find_pet,
    get_pet,
    unknown_pet,
    overview,
    create_pet,
    duplicate,
    weight,
    record_many,
    attach_file,
    delete_pet,
]
