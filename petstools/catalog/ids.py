"""The ids in the tools' addresses, in the words by which a model fills them (700 characters at most each)."""

PATH_IDS: dict[str, str] = {
    "pet_id": "The pet, by its id from find_pet, list_pets or pets_overview. Never guess it.",
    "weight_id": "The weighing, by its id from list_weights of the same pet. Never guess it.",
    "vaccination_id": "The vaccination, by its id from list_vaccinations or pets_overview, of the same pet. Never guess it.",
    "record_id": "The medical record, by its id from list_medical_records of the same pet. Never guess it.",
    "microchip_id": "The microchip, by its id from list_microchips of the same pet. Never guess it.",
}
