"""The tool that looks at all pets at once, in the words by which a model chooses it."""

from petstools.serializers import overview as forms
from petstools.tools import overview
from petstools.tools.registry import READS, Tool

PETS_OVERVIEW = Tool(
    name="pets_overview",
    run=overview.pets_overview,
    summary="See how all pets are doing",
    description="Call this for questions over several pets: who is due for a vaccination next, which are overdue, whose birthday is "
    "next, how are they all. Send only the filters that the question needs. Say overdue ones first.",
    request=forms.OverviewRequest,
    answer=forms.OverviewAnswer,
    scopes=("pets:read", "health:read"),
    hints=READS,
)
