"""The tools about medical records, in the words by which a model chooses them."""

from petstools.serializers import medical_records as forms
from petstools.tools import medical_records
from petstools.tools.registry import ADDS, CHANGES, DELETES, READS, Tool

LIST_MEDICAL_RECORDS = Tool(
    name="list_medical_records",
    run=medical_records.list_medical_records,
    summary="List a pet's medical records",
    description="Call this when the person asks what happened at the vet's, about illnesses, treatments or surgeries, or before "
    "changing or deleting a record, to get its record_id. Newest first. Vaccinations are in list_vaccinations.",
    query=forms.ListMedicalRecordsQuery,
    answer=forms.MedicalRecordsAnswer,
    scopes=("health:read",),
    hints=READS,
    path_ids=("pet_id",),
)
ADD_MEDICAL_RECORD = Tool(
    name="add_medical_record",
    run=medical_records.add_medical_record,
    summary="Record a visit, treatment or finding",
    description="Call this when the person tells of a vet visit, treatment, surgery, medicine, deworming or test result. Needs "
    "record_type and record_date. Get pet_id from find_pet first. Vaccinations: add_vaccination. Several at once: record_many. "
    "clarification_needed: ask what its message says.",
    request=forms.AddMedicalRecordRequest,
    answer=forms.MedicalRecordAnswer,
    scopes=("health:write",),
    hints=ADDS,
    path_ids=("pet_id",),
    creates=True,
)
UPDATE_MEDICAL_RECORD = Tool(
    name="update_medical_record",
    run=medical_records.update_medical_record,
    summary="Correct a medical record",
    description="Call this when something in a medical record is wrong or missing. Get record_id from list_medical_records. Send only "
    "what changes; a description replaces the old one, so send it whole. Tell the person what is stored now.",
    request=forms.UpdateMedicalRecordRequest,
    answer=forms.MedicalRecordAnswer,
    scopes=("health:write",),
    hints=CHANGES,
    path_ids=("pet_id", "record_id"),
)
DELETE_MEDICAL_RECORD = Tool(
    name="delete_medical_record",
    run=medical_records.delete_medical_record,
    summary="Delete a medical record",
    description="Call this when the person wants one medical record removed for good. Get record_id from list_medical_records and "
    "name the record and its day to the person first. Its photos go with it. It can't be undone.",
    answer=forms.DeletedMedicalRecordAnswer,
    scopes=("health:write",),
    hints=DELETES,
    consequential=True,
    path_ids=("pet_id", "record_id"),
)
