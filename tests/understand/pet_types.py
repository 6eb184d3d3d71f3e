"""The main app's pet types (main-app.md §7.1) for tests of what is understood."""

from petstools.understand.species import PetTypeChoice

SLUGS = """
cat dog bird fish rabbit hamster guinea-pig mouse rat gerbil ferret chinchilla hedgehog sugar-glider lizard snake turtle frog
axolotl spider scorpion snail crab horse goat sheep pig donkey cattle chicken duck
"""
PET_TYPES = [
    PetTypeChoice(number, slug, slug.replace("-", " ").capitalize())
    for number, slug in enumerate(SLUGS.split(), start=1)
]
