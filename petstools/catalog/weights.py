"""The tools about weights, in the words by which a model chooses them."""

from petstools.serializers import weights as forms
from petstools.tools import weights
from petstools.tools.registry import ADDS, CHANGES, DELETES, READS, Tool

LIST_WEIGHTS = Tool(
    name="list_weights",
    run=weights.list_weights,
    summary="List a pet's weights",
    description="Call this when the person asks how a pet's weight developed, or before changing or deleting a weighing, to get "
    "its weight_id. Newest first. The newest weight alone is already in list_pets and find_pet.",
    query=forms.ListWeightsQuery,
    answer=forms.WeightsAnswer,
    scopes=("health:read",),
    hints=READS,
    path_ids=("pet_id",),
)
ADD_WEIGHT = Tool(
    name="add_weight",
    run=weights.add_weight,
    summary="Record a pet's weight",
    description="Call this when the person tells what a pet weighs: 'Miu weighs 4.2 kg today'. Needs weight_kg. Get "
    "pet_id from find_pet first. Several records at once: record_many. clarification_needed: ask what its message says.",
    request=forms.AddWeightRequest,
    answer=forms.WeightAnswer,
    scopes=("health:write",),
    hints=ADDS,
    path_ids=("pet_id",),
    creates=True,
)
UPDATE_WEIGHT = Tool(
    name="update_weight",
    run=weights.update_weight,
    summary="Correct a recorded weight",
    description="Call this when a recorded weight or its day is wrong. Get weight_id from list_weights. Send only what changes. "
    "Tell the person what is stored now.",
    request=forms.UpdateWeightRequest,
    answer=forms.WeightAnswer,
    scopes=("health:write",),
    hints=CHANGES,
    path_ids=("pet_id", "weight_id"),
)
DELETE_WEIGHT = Tool(
    name="delete_weight",
    run=weights.delete_weight,
    summary="Delete a recorded weight",
    description="Call this when the person wants one weighing removed for good. Get weight_id from list_weights and name the "
    "weight and its day to the person first. It can't be undone.",
    answer=forms.DeletedWeightAnswer,
    scopes=("health:write",),
    hints=DELETES,
    consequential=True,
    path_ids=("pet_id", "weight_id"),
)
