"""The tools, called as ChatGPT calls them. A later tool is one more function here."""

from demo.stage import Stage, Step, expect


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


STEPS: list[Step] = [pet_types, list_pets, find_pet, get_pet, unknown_pet]
