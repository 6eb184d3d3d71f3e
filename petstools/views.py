"""Addresses of the tools, as a table. What each does is in `petstools.tools`, what the model reads of it in `catalog`."""

from rest_framework.permissions import AllowAny

from petstools import catalog
from petstools.doors import ToolViewSet, door


class PetTypes(ToolViewSet):
    permission_classes = [AllowAny]
    list_pet_types = door(catalog.LIST_PET_TYPES)


class Pets(ToolViewSet):
    list_pets = door(catalog.LIST_PETS)
    find_pet = door(catalog.FIND_PET)
    get_pet = door(catalog.GET_PET)
