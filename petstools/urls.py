"""The tools' addresses. They and their operation ids are fixed: GPTs in use name them."""

from django.urls import path

from petstools.mcp import view as mcp
from petstools.schema import views as schema
from petstools.tools import (
    account,
    attach_files,
    delete_record,
    habits,
    history,
    medical_records,
    microchips,
    overview,
    pet_deletion,
    pet_profile,
    pet_status,
    pets,
    record_many,
    vaccination_renewal,
    vaccinations,
    weights,
)
from petstools.views import tools

urlpatterns = [
    path("mcp", mcp.endpoint, name="mcp"),
    # As people type it.
    path("mcp/", mcp.endpoint),
    path("openapi.json", schema.openapi_json, name="openapi-json"),
    path("openapi.yaml", schema.openapi_yaml, name="openapi-yaml"),
    path("docs", schema.docs, name="docs"),
    path("pet-types", tools(get=pets.list_pet_types)),
    path("pets", tools(get=pets.list_pets, post=pet_profile.create_pet)),
    path("account", tools(get=account.get_account)),
    path("habits", tools(get=habits.list_habits, post=habits.save_habit)),
    path("habits/entries", tools(post=habits.record_habit)),
    path("records", tools(post=record_many.record_many)),
    path("pets/overview", tools(post=overview.pets_overview)),
    path("pets/history", tools(post=history.pet_history)),
    path("pets/find", tools(post=pets.find_pet)),
    path(
        "pets/<str:pet_id>",
        tools(get=pets.get_pet, patch=pet_profile.update_pet, delete=pet_deletion.delete_pet),
    ),
    path("pets/<str:pet_id>/status", tools(post=pet_status.set_pet_status)),
    path("pets/<str:pet_id>/records/<str:record_id>", tools(delete=delete_record.delete_record)),
    path("pets/<str:pet_id>/files", tools(post=attach_files.attach_files)),
    path("pets/<str:pet_id>/weights", tools(get=weights.list_weights, post=weights.add_weight)),
    path(
        "pets/<str:pet_id>/weights/<str:weight_id>",
        tools(patch=weights.update_weight, delete=weights.delete_weight),
    ),
    path(
        "pets/<str:pet_id>/vaccinations",
        tools(get=vaccinations.list_vaccinations, post=vaccinations.add_vaccination),
    ),
    path(
        "pets/<str:pet_id>/vaccinations/<str:vaccination_id>",
        tools(patch=vaccinations.update_vaccination, delete=vaccinations.delete_vaccination),
    ),
    path(
        "pets/<str:pet_id>/vaccinations/<str:vaccination_id>/renew",
        tools(post=vaccination_renewal.renew_vaccination),
    ),
    path(
        "pets/<str:pet_id>/medical-records",
        tools(get=medical_records.list_medical_records, post=medical_records.add_medical_record),
    ),
    path(
        "pets/<str:pet_id>/medical-records/<str:record_id>",
        tools(patch=medical_records.update_medical_record, delete=medical_records.delete_medical_record),
    ),
    path(
        "pets/<str:pet_id>/microchips",
        tools(get=microchips.list_microchips, post=microchips.add_microchip),
    ),
    path(
        "pets/<str:pet_id>/microchips/<str:microchip_id>",
        tools(patch=microchips.update_microchip, delete=microchips.delete_microchip),
    ),
]
