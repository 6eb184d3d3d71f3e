"""The tool that saves many records at once, in the words by which a model chooses it."""

from petstools.serializers import record_many as forms
from petstools.tools import record_many
from petstools.tools.registry import ADDS, Tool

RECORD_MANY = Tool(
    name="record_many",
    run=record_many.record_many,
    summary="Save several records at once",
    description="Call this for two or more weights, vaccinations or medical records at once, such as all lines of a photographed "
    "vaccination card. Show what you read and let the person correct it first. Tell which were saved, ask what the rest needs.",
    request=forms.RecordManyRequest,
    answer=forms.RecordManyAnswer,
    scopes=("health:write",),
    hints=ADDS,
)
