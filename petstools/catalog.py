"""Every tool there is, in the order in which models read of them: `TOOLS` at both doors."""

from petstools.tools import (
    account,
    attach_files,
    change_many,
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
    review_records,
    vaccination_renewal,
    vaccinations,
    weights,
)
from petstools.tools.base import Tool

TOOLS: tuple[Tool, ...] = (
    account.get_account,
    attach_files.attach_files,
    habits.list_habits,
    habits.save_habit,
    habits.record_habit,
    medical_records.list_medical_records,
    medical_records.add_medical_record,
    medical_records.update_medical_record,
    microchips.list_microchips,
    microchips.add_microchip,
    microchips.update_microchip,
    overview.pets_overview,
    history.pet_history,
    pet_profile.create_pet,
    pet_profile.update_pet,
    pet_status.set_pet_status,
    pet_deletion.delete_pet,
    pets.list_pet_types,
    pets.list_pets,
    pets.find_pet,
    pets.get_pet,
    record_many.record_many,
    delete_record.delete_record,
    vaccinations.list_vaccinations,
    vaccinations.add_vaccination,
    vaccinations.update_vaccination,
    vaccination_renewal.renew_vaccination,
    weights.list_weights,
    weights.add_weight,
    weights.update_weight,
)

# At the MCP door alone: a GPT can have no more operations than those above.
ONLY_MCP: tuple[Tool, ...] = (review_records.review_records, change_many.change_many)
