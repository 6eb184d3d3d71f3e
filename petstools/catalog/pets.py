"""The tools about pets themselves, in the words by which a model chooses them."""

from petstools.serializers import pets as forms
from petstools.tools import pets
from petstools.tools.registry import READS, Tool

LIST_PET_TYPES = Tool(
    name="list_pet_types",
    run=pets.list_pet_types,
    summary="List the kinds of animals that Meo Mai Moi knows",
    description="Call this only when the person asks which kinds of animals are possible, or when another operation says that it "
    "does not know a species. Needs no sign-in.",
    answer=forms.PetTypesAnswer,
    scopes=("pets:read",),
    hints=READS,
)
LIST_PETS = Tool(
    name="list_pets",
    run=pets.list_pets,
    summary="List the person's pets",
    description="Call this when the person asks about all their pets, or which pets they have. Own, fostered and shared pets, each "
    "with age, next birthday, newest weight and what the person may do with it. To find one pet by name call find_pet.",
    query=forms.ListPetsQuery,
    answer=forms.PetsAnswer,
    scopes=("pets:read",),
    hints=READS,
)
FIND_PET = Tool(
    name="find_pet",
    run=pets.find_pet,
    summary="Find a pet by name or kind",
    description="Call this first whenever the person names a pet, to get its pet_id. Spelling, diacritics and alphabet don't "
    "matter. One candidate: go on with it. Several: ask which one. clarification_needed: ask what its message says.",
    request=forms.FindPetRequest,
    answer=forms.FoundPetsAnswer,
    scopes=("pets:read",),
    hints=READS,
)
GET_PET = Tool(
    name="get_pet",
    run=pets.get_pet,
    summary="Read one pet",
    description="Call this when the person asks for one pet's whole profile, such as its full description, with the pet_id from "
    "find_pet or list_pets. Its weights, vaccinations, medical records and microchips have list operations of their own.",
    answer=forms.PetAnswer,
    scopes=("pets:read",),
    hints=READS,
    path_ids=("pet_id",),
)
