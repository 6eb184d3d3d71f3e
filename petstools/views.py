"""Addresses of the tools, as a table. What each does is in `petstools.tools`, what the model reads of it in `catalog`."""

from rest_framework.permissions import AllowAny

from petstools.catalog import (
    account,
    files,
    medical_records,
    microchips,
    overview,
    pet_profile,
    pets,
    record_many,
    vaccinations,
    weights,
)
from petstools.doors import ToolViewSet, door


class PetTypes(ToolViewSet):
    permission_classes = [AllowAny]
    list_pet_types = door(pets.LIST_PET_TYPES)


class Pets(ToolViewSet):
    list_pets = door(pets.LIST_PETS)
    find_pet = door(pets.FIND_PET)
    get_pet = door(pets.GET_PET)
    pets_overview = door(overview.PETS_OVERVIEW)
    create_pet = door(pet_profile.CREATE_PET)
    update_pet = door(pet_profile.UPDATE_PET)
    set_pet_status = door(pet_profile.SET_PET_STATUS)
    delete_pet = door(pet_profile.DELETE_PET)


class Account(ToolViewSet):
    get_account = door(account.GET_ACCOUNT)


class Files(ToolViewSet):
    attach_files = door(files.ATTACH_FILES)


class Records(ToolViewSet):
    record_many = door(record_many.RECORD_MANY)


class Weights(ToolViewSet):
    list_weights = door(weights.LIST_WEIGHTS)
    add_weight = door(weights.ADD_WEIGHT)
    update_weight = door(weights.UPDATE_WEIGHT)
    delete_weight = door(weights.DELETE_WEIGHT)


class Vaccinations(ToolViewSet):
    list_vaccinations = door(vaccinations.LIST_VACCINATIONS)
    add_vaccination = door(vaccinations.ADD_VACCINATION)
    update_vaccination = door(vaccinations.UPDATE_VACCINATION)
    renew_vaccination = door(vaccinations.RENEW_VACCINATION)
    delete_vaccination = door(vaccinations.DELETE_VACCINATION)


class MedicalRecords(ToolViewSet):
    list_medical_records = door(medical_records.LIST_MEDICAL_RECORDS)
    add_medical_record = door(medical_records.ADD_MEDICAL_RECORD)
    update_medical_record = door(medical_records.UPDATE_MEDICAL_RECORD)
    delete_medical_record = door(medical_records.DELETE_MEDICAL_RECORD)


class Microchips(ToolViewSet):
    list_microchips = door(microchips.LIST_MICROCHIPS)
    add_microchip = door(microchips.ADD_MICROCHIP)
    update_microchip = door(microchips.UPDATE_MICROCHIP)
    delete_microchip = door(microchips.DELETE_MICROCHIP)
