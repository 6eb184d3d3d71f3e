"""The tools about vaccinations, in the words by which a model chooses them."""

from petstools.serializers import vaccinations as forms
from petstools.tools import vaccinations
from petstools.tools.registry import ADDS, CHANGES, DELETES, READS, Tool

LIST_VACCINATIONS = Tool(
    name="list_vaccinations",
    run=vaccinations.list_vaccinations,
    summary="List a pet's vaccinations",
    description="Call this when the person asks about one pet's vaccinations, or before changing, renewing or deleting one, to get "
    "its vaccination_id. Last given first. For several pets at once (who is due next) call pets_overview.",
    query=forms.ListVaccinationsQuery,
    answer=forms.VaccinationsAnswer,
    scopes=("health:read",),
    hints=READS,
    path_ids=("pet_id",),
)
ADD_VACCINATION = Tool(
    name="add_vaccination",
    run=vaccinations.add_vaccination,
    summary="Record a pet's vaccination",
    description="Call this for a vaccine that the pet has no record of yet, or to enter history. Needs vaccine_name and "
    "administered_at. Get pet_id from find_pet first. A booster of one that list_vaccinations shows: renew_vaccination. Several at "
    "once: record_many. clarification_needed: ask what its message says.",
    request=forms.AddVaccinationRequest,
    answer=forms.VaccinationAnswer,
    scopes=("health:write",),
    hints=ADDS,
    path_ids=("pet_id",),
    creates=True,
)
UPDATE_VACCINATION = Tool(
    name="update_vaccination",
    run=vaccinations.update_vaccination,
    summary="Correct a recorded vaccination",
    description="Call this when something recorded is wrong or missing: the day, the next due day, the notes. Get vaccination_id "
    "from list_vaccinations. Send only what changes. A new shot is no correction: renew_vaccination. Tell what is stored now.",
    request=forms.UpdateVaccinationRequest,
    answer=forms.VaccinationAnswer,
    scopes=("health:write",),
    hints=CHANGES,
    path_ids=("pet_id", "vaccination_id"),
)
RENEW_VACCINATION = Tool(
    name="renew_vaccination",
    run=vaccinations.renew_vaccination,
    summary="Record the next shot of a vaccination",
    description="Call this when a pet got the booster of a recorded vaccine: 'Miu got her rabies booster today'. vaccination_id is "
    "the old record's, from list_vaccinations; it is completed and a new one takes its place. Ask once when the next one is due.",
    request=forms.RenewVaccinationRequest,
    answer=forms.RenewedVaccinationAnswer,
    scopes=("health:write",),
    hints=ADDS,
    path_ids=("pet_id", "vaccination_id"),
    creates=True,
)
DELETE_VACCINATION = Tool(
    name="delete_vaccination",
    run=vaccinations.delete_vaccination,
    summary="Delete a recorded vaccination",
    description="Call this when the person wants one vaccination removed for good. Get vaccination_id from list_vaccinations and "
    "name the vaccine and its day to the person first. Its photo goes with it. It can't be undone.",
    answer=forms.DeletedVaccinationAnswer,
    scopes=("health:write",),
    hints=DELETES,
    consequential=True,
    path_ids=("pet_id", "vaccination_id"),
)
