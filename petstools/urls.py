"""The tools' addresses. They and their operation ids are fixed: GPTs in use name them."""

from django.urls import path

from petstools import views
from petstools.mcp import view as mcp
from petstools.schema import views as schema

urlpatterns = [
    path("mcp", mcp.endpoint, name="mcp"),
    path("openapi.json", schema.openapi_json, name="openapi-json"),
    path("openapi.yaml", schema.openapi_yaml, name="openapi-yaml"),
    path("docs", schema.docs, name="docs"),
    path("pet-types", views.PetTypes.as_view({"get": "list_pet_types"})),
    path("pets", views.Pets.as_view({"get": "list_pets", "post": "create_pet"})),
    path("account", views.Account.as_view({"get": "get_account"})),
    path("records", views.Records.as_view({"post": "record_many"})),
    path("pets/overview", views.Pets.as_view({"post": "pets_overview"})),
    path("pets/find", views.Pets.as_view({"post": "find_pet"})),
    path(
        "pets/<str:pet_id>",
        views.Pets.as_view({"get": "get_pet", "patch": "update_pet", "delete": "delete_pet"}),
    ),
    path("pets/<str:pet_id>/status", views.Pets.as_view({"post": "set_pet_status"})),
    path("pets/<str:pet_id>/files", views.Files.as_view({"post": "attach_files"})),
    path("pets/<str:pet_id>/weights", views.Weights.as_view({"get": "list_weights", "post": "add_weight"})),
    path(
        "pets/<str:pet_id>/weights/<str:weight_id>",
        views.Weights.as_view({"patch": "update_weight", "delete": "delete_weight"}),
    ),
    path(
        "pets/<str:pet_id>/vaccinations",
        views.Vaccinations.as_view({"get": "list_vaccinations", "post": "add_vaccination"}),
    ),
    path(
        "pets/<str:pet_id>/vaccinations/<str:vaccination_id>",
        views.Vaccinations.as_view({"patch": "update_vaccination", "delete": "delete_vaccination"}),
    ),
    path(
        "pets/<str:pet_id>/vaccinations/<str:vaccination_id>/renew",
        views.Vaccinations.as_view({"post": "renew_vaccination"}),
    ),
    path(
        "pets/<str:pet_id>/medical-records",
        views.MedicalRecords.as_view({"get": "list_medical_records", "post": "add_medical_record"}),
    ),
    path(
        "pets/<str:pet_id>/medical-records/<str:record_id>",
        views.MedicalRecords.as_view({"patch": "update_medical_record", "delete": "delete_medical_record"}),
    ),
    path(
        "pets/<str:pet_id>/microchips",
        views.Microchips.as_view({"get": "list_microchips", "post": "add_microchip"}),
    ),
    path(
        "pets/<str:pet_id>/microchips/<str:microchip_id>",
        views.Microchips.as_view({"patch": "update_microchip", "delete": "delete_microchip"}),
    ),
]
