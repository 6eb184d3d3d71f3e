"""Examples in the schema: calls as a model should make them, and what comes back. tests/schema hold each to its schema."""

from typing import Any

MIU: dict[str, Any] = {
    "id": 4211,
    "name": "Míu",
    "species": "cat",
    "species_name": "Mèo",
    "sex": "female",
    "status": "active",
    "role": "owner",
    "can_edit": True,
    "can_delete": True,
    "keeps": ["weights", "vaccinations", "medical_records", "microchips"],
    "birthday": "2023-05-14",
    "birthday_precision": "day",
    "age": "2 years 10 months",
    "age_months": 34,
    "age_is_approximate": False,
    "next_birthday_at": "2026-05-14",
    "next_birthday_is_approximate": False,
    "days_until_birthday": 55,
    "turns": 3,
    "country": "VN",
    "city": "Hà Nội",
    "description": None,
    "photo_url": None,
}
_IN_A_LIST = {
    **MIU,
    "latest_weight_kg": 4.2,
    "latest_weight_on": "2026-03-20",
    "vaccination_status": "due_soon",
}
_WEIGHT = {"id": 9001, "pet_id": 4211, "weight_kg": 4.2, "measured_at": "2026-03-20"}
_VACCINATION: dict[str, Any] = {
    "id": 771,
    "pet_id": 4211,
    "vaccine_name": "Dại",
    "administered_at": "2025-04-10",
    "due_at": "2026-04-10",
    "is_overdue": False,
    "completed_at": None,
    "notes": None,
    "photo_url": None,
}
_NEW_SHOT = {**_VACCINATION, "id": 812, "administered_at": "2026-03-20", "due_at": "2027-03-20"}
_MEDICAL_RECORD: dict[str, Any] = {
    "id": 305,
    "pet_id": 4211,
    "record_type": "deworming",
    "record_date": "2026-03-12",
    "description": "Milbemax, nửa viên",
    "vet_name": "PetCare Hà Nội",
    "photo_count": 0,
    "photos": [],
}
_MICROCHIP: dict[str, Any] = {
    "id": 64,
    "pet_id": 4211,
    "chip_number": "982000123456789",
    "issuer": "Datamars",
    "implanted_at": "2024-02-01",
}
_HABIT: dict[str, Any] = {
    "habit_id": 5,
    "name": "Thuốc",
    "kind": "yes_no",
    "pets": [{"id": 4211, "name": "Míu"}],
    "reminder_time": "08:30",
    "weekdays": ["mon", "thu"],
    "reminder_zone": "Asia/Ho_Chi_Minh",
    "archived": False,
    "is_own": True,
}
_ONE_PAGE = {"total": 1, "page": 1, "next_page": None}
_CARD = {"kind": "vaccination", "pet_id": 4211, "vaccine_name": "Nobivac Tricat", "administered_at": "2024-06-02"}


def _ok(**body: Any) -> dict[str, Any]:
    return {"status": "ok", **body}


# By the name of the component: an answer, or what stands in one.
COMPONENTS: dict[str, Any] = {
    "PetTypesAnswer": _ok(pet_types=[{"id": 1, "slug": "cat", "name": "Mèo"}, {"id": 2, "slug": "dog", "name": "Chó"}]),
    "PetsAnswer": _ok(pets=[_IN_A_LIST], **_ONE_PAGE),
    "FoundPetsAnswer": _ok(candidates=[_IN_A_LIST], total=1),
    "PetAnswer": _ok(data=MIU),
    "CreatedPetAnswer": _ok(data=MIU, already_recorded=False),
    "UpdatedPetAnswer": _ok(data=MIU),
    "PetStatusAnswer": _ok(data={**MIU, "status": "lost"}, changed=True),
    "DeletedPetAnswer": {
        "status": "clarification_needed",
        "reason": "confirmation_needed",
        "message": "Deleting Míu removes its profile and all that is recorded of it, also for everybody it is shared with. "
        "It can't be undone. If it has died or is missing, set_pet_status keeps everything. Nothing was "
        "changed. Tell the person this, and only after a clear yes send the same call again with the confirmation of this answer.",
        "missing_fields": ["confirmation"],
        "candidates": [{"pet_id": 4211, "name": "Míu", "status": "active"}],
        "confirmation": ":1vPQk2:9b4Zl0WJ0pEo7o3gk1TzXQw0cYbJm2dVt8n5uHsRfYA",
    },
    "OverviewAnswer": _ok(
        pets=[
            {
                **_IN_A_LIST,
                "active_vaccinations": [
                    {
                        "id": 771,
                        "vaccine_name": "Dại",
                        "administered_at": "2025-04-10",
                        "due_at": "2026-04-10",
                        "is_overdue": False,
                    }
                ],
                "active_vaccination_count": 1,
                "next_vaccination_due_at": "2026-04-10",
                "days_until_vaccination": 21,
                "overdue_since": None,
                "vaccination_details": "complete",
            }
        ],
        incomplete=False,
        **_ONE_PAGE,
    ),
    "HistoryAnswer": _ok(
        records=[
            {
                "kind": "medical_record",
                "id": 305,
                "pet_id": 4211,
                "pet_name": "Míu",
                "day": "2026-03-12",
                "record_type": "deworming",
                "text": "Milbemax, nửa viên",
                "vet_name": "PetCare Hà Nội",
            },
        ],
        weights=[],
        nothing_of=["Tom"],
        incomplete=False,
        **_ONE_PAGE,
    ),
    "HabitsAnswer": _ok(habits=[_HABIT], total=1),
    "SavedHabitAnswer": _ok(data=_HABIT, already_recorded=False),
    "HabitDayAnswer": _ok(
        habit_id=5,
        habit="Thuốc",
        day="2026-03-20",
        entries=[{"pet_id": 4211, "pet_name": "Míu", "value": 1}],
        before={"Míu": None},
    ),
    "AccountAnswer": _ok(
        name="Mai",
        language="vi",
        connected_since="2026-03-01",
        connected_until="2027-03-01",
        email_verified=True,
        can_change_things=True,
        plan="regular",
        storage={"used_bytes": 1_250_000, "limit_bytes": 52_428_800},
        daily_quota=None,
        pages={"account": "https://meo-mai-moi.com/settings/account", "pet": "https://meo-mai-moi.com/pets/{pet_id}"},
    ),
    "WeightsAnswer": _ok(weights=[_WEIGHT], **_ONE_PAGE),
    "WeightAnswer": _ok(data=_WEIGHT, already_recorded=False),
    "DeletedRecordAnswer": _ok(deleted=_WEIGHT, already_deleted=False),
    "VaccinationsAnswer": _ok(vaccinations=[_VACCINATION], **_ONE_PAGE),
    "VaccinationAnswer": _ok(data=_VACCINATION, already_recorded=False),
    "RenewedVaccinationAnswer": _ok(data=_NEW_SHOT, renewed_id=771, already_recorded=False),
    "MedicalRecordsAnswer": _ok(medical_records=[_MEDICAL_RECORD], record_type=None, **_ONE_PAGE),
    "MedicalRecordAnswer": _ok(data=_MEDICAL_RECORD, already_recorded=False),
    "MicrochipsAnswer": _ok(microchips=[_MICROCHIP], **_ONE_PAGE),
    "MicrochipAnswer": _ok(data=_MICROCHIP, already_recorded=False),
    "RecordManyAnswer": {
        "status": "partial",
        "summary": {"written": 1, "to_ask": 1, "failed": 0, "not_written": 0},
        "results": [
            {
                "index": 0,
                "kind": "vaccination",
                "status": "ok",
                "data": {**_NEW_SHOT, "vaccine_name": "Nobivac Tricat"},
                "already_recorded": False,
            },
            {
                "index": 1,
                "kind": "vaccination",
                "status": "clarification_needed",
                "reason": "missing",
                "message": "Ask the person on which day the vaccine was given.",
                "missing_fields": ["administered_at"],
                "candidates": [],
            },
        ],
        "send_again": [],
        "retry_after": None,
    },
    "AttachedFilesAnswer": _ok(
        saved=1,
        results=[
            {
                "name": "miu.jpg",
                "status": "ok",
                "photos": [{"photo_id": 88, "url": "https://meo-mai-moi.com/storage/88.jpg"}],
                "already_recorded": False,
            }
        ],
        note=None,
    ),
    "Error": {
        "error": "NOT_FOUND",
        "message": "There is no such record, or it is not this person's. Call list_pets or find_pet (or list the pet's records) to get "
        "the right id, and don't guess ids.",
        "fields": [],
        "request_id": "5f0c8d0e4b1f4d7c9f0d1f4b7d0a9c11",
        "retryable": False,
    },
}

# By operation: the body that is sent, under what the person said.
CALLS: dict[str, dict[str, Any]] = {
    "find_pet": {
        "How is Miu?": {"name": "Miu"},
        "Con mèo của tôi": {"species": "con mèo"},
    },
    "pets_overview": {
        "Who is due for a vaccination next?": {"sort_by": "next_vaccination_due_at", "order": "asc"},
        "Which of my cats are overdue?": {"species": "cats", "only_overdue": True},
    },
    "pet_history": {
        "When was each cat dewormed last?": {"about": "deworming", "latest": True},
        "How did Miu's weight go this year?": {"pet_name": "Miu", "kinds": ["weight"], "since": "2026"},
    },
    "save_habit": {
        "Nhắc tôi cho Míu uống thuốc 8 giờ rưỡi sáng thứ hai, thứ năm": {
            "name": "Thuốc",
            "pets": ["Míu"],
            "reminder_time": "08:30",
            "weekdays": ["mon", "thu"],
        },
        "Remind me to deworm Miu in three months": {"name": "Deworm Miu", "on_day": "in three months"},
    },
    "record_habit": {"Miu had her pills yesterday": {"habit": "pills", "value": "yes", "day": "yesterday"}},
    "create_pet": {
        "Tôi vừa nhận nuôi một bé mèo cái tên Míu, 6 tháng": {
            "name": "Míu",
            "species": "mèo",
            "sex": "cái",
            "age": "6 tháng",
        },
    },
    "update_pet": {
        "Miu was born in May 2023": {"birth_date": "May 2023"},
        "We don't know her birthday": {"clear": ["birth_date"]},
    },
    "set_pet_status": {
        "Мурка пропала": {"status": "lost"},
        "The same, after the person has agreed": {
            "status": "lost",
            "confirmation": ":1vPQk2:9b4Zl0WJ0pEo7o3gk1TzXQw0cYbJm2dVt8n5uHsRfYA",
        },
    },
    "attach_files": {
        "This is Miu": {"openaiFileIdRefs": ["file-abc123"], "target": "pet"},
        "The page of her rabies shot": {
            "openaiFileIdRefs": ["file-abc123"],
            "target": "vaccination",
            "record_id": 771,
        },
    },
    "add_weight": {
        "Miu weighs 4.2 kg today": {"weight_kg": "4.2 kg"},
        "Hôm qua Míu nặng 3,9 kí": {"weight_kg": "3,9 kí", "measured_at": "hôm qua"},
    },
    "update_weight": {"That was 4.5 kg, not 4.2": {"weight_kg": "4.5 kg"}},
    "add_vaccination": {
        "Miu had her rabies shot on March 20, the next one is in a year": {
            "vaccine_name": "Rabies",
            "administered_at": "2026-03-20",
            "due_at": "in a year",
        },
    },
    "update_vaccination": {"The next one is due on April 10": {"due_at": "2026-04-10"}},
    "renew_vaccination": {"She got the booster today": {"administered_at": "today", "due_at": "2027-03-20"}},
    "add_medical_record": {
        "Hôm 12/3 Míu tẩy giun ở PetCare, nửa viên Milbemax": {
            "record_type": "tẩy giun",
            "record_date": "12/3",
            "vet_name": "PetCare",
            "description": "Nửa viên Milbemax",
        },
    },
    "update_medical_record": {"It was on March 13": {"record_date": "2026-03-13"}},
    "add_microchip": {"Her chip is 982 000 123456789": {"chip_number": "982000123456789"}},
    "update_microchip": {"It is a Datamars chip": {"issuer": "Datamars"}},
    "record_many": {
        "A photo of Miu's vaccination card": {
            "records": [
                _CARD,
                {"kind": "vaccination", "pet_id": 4211, "vaccine_name": "Dại", "administered_at": "2025-04-10"},
            ]
        },
        "Miu 4.2 kg, Tom 5.1 kg": {
            "records": [
                {"kind": "weight", "pet_name": "Miu", "weight_kg": "4.2 kg"},
                {"kind": "weight", "pet_name": "Tom", "weight_kg": "5.1 kg"},
            ]
        },
    },
}
