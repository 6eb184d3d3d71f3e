"""What can be wanted, as the kinds of spans that a sentence for it holds: some are needed, some may stand beside."""

from dataclasses import dataclass

# Spans that may come anywhere and as often as they like.
ANYWHERE = frozenset(
    {"filler", "greeting", "thanks", "done", "loose", "of", "my", "ours", "we", "favour", "took", "on", "against"}
    | {"part", "part_later", "some_day"}
)
# Words of a question, "có … không", "does …": in what stores something there is no room for them.
AGAIN = frozenset({"asking"})
# In a sentence that would store something these count only right before one of those: "for Miu", "on Monday", "against rabies".
BEFORE = {
    "of": frozenset({"pet", "near"}),
    "my": frozenset({"pet", "near"}),
    "we": frozenset(
        {"given", "vaccination", "renew", "deworming", "dewormed", "visited", "took", "had", "just", "record"}
    ),
    "took": frozenset({"pet", "near", "my", "took", "day", "to_vet", "for_shot"}),
    "on": frozenset({"day", "part", "part_later", "clock"}),
    "against": frozenset({"vaccine", "brand", "vaccination", "against"}),
}
# And "for Miu" alone may be the food that was bought for her.
SAYS_WHAT = frozenset(
    {"weight_word", "record", "vaccination", "given", "brand", "renew", "visit", "visited", "to_vet", "deworming"}
    | {"dewormed", "i_weighed"}
)
# "took Miu to the vet", and not "with Miu 60 kg".
TAKEN_TO = frozenset(
    {"visit", "visited", "to_vet", "vaccination", "given", "for_shot", "renew", "deworming", "dewormed"}
)
# What tells that a weight is the pet's, and not the food's.
IS_ITS_WEIGHT = frozenset({"weight_word", "i_weighed", "record", "is", "was", "by_now"})
# "is Miu 4 kg" asks, "Miu is 4 kg" tells.
NEVER_FIRST = frozenset({"is", "was"})


def _kinds(text: str) -> frozenset[str]:
    return frozenset(text.split())


@dataclass(frozen=True)
class Intent:
    """needs: one of these sets of kinds; may: what else; writes: whether it stores or changes something."""

    name: str
    needs: tuple[str, ...]
    may: str = ""
    writes: bool = False

    def fits(self, kinds: frozenset[str]) -> bool:
        return any(_kinds(needed) <= kinds <= _kinds(needed) | _kinds(self.may) for needed in self.needs)


_WHO = "who when next list mine pet near unnamed asking"

# The first that fits.
INTENTS: tuple[Intent, ...] = (
    Intent("help", ("help",), "list who asking"),
    Intent("undo", ("undo",)),
    Intent("connect", ("connect",)),
    Intent("disconnect", ("disconnect",)),
    Intent("language", ("vietnamese", "english", "russian", "ukrainian"), "language"),
    Intent("overdue", ("overdue",), f"{_WHO} vaccination due what"),
    Intent("due", ("due",), f"{_WHO} vaccination what vaccine"),
    Intent("due", ("vaccination when", "vaccination next", "vaccination who"), f"{_WHO} vaccination what"),
    Intent("birthdays", ("birthday",), f"{_WHO} is was"),
    Intent("weights", ("weight_word history", "weight_word list"), "pet near unnamed how_much is asking list history"),
    Intent(
        "last_weight",
        ("weight_word", "how_much pet", "how_much near"),
        "pet near unnamed how_much last is was when asking list what",
    ),
    Intent("last_weight", ("how_much pet day", "how_much near day"), "weight_word last is was asking"),
    Intent("vaccinations", ("vaccination",), "pet near unnamed list history what mine asking"),
    # "Míu đã tiêm dại chưa": the list tells.
    Intent(
        "vaccinations",
        (
            "given what",
            "given when",
            "given asking",
            "vaccination asking",
            "vaccination last",
            "vaccine last",
            # When she got it, or will: the list tells both.
            "vaccination vaccine when",
            "vaccination had when",
            "vaccine had when",
            "vaccine had asking",
        ),
        "pet near unnamed list history what mine asking vaccination vaccine had just is was when last",
    ),
    Intent("pets", ("mine", "list", "list who", "mine who"), "list how_much asking"),
    Intent("pet", ("pet", "near"), "about list asking"),
    # A person's own.
    Intent("own_weight", ("own weight", "i_weighed weight"), "day clock record"),
    Intent(
        "record_weight",
        ("weight", "number", "weight comes_to"),
        "pet near unnamed weight_word i_weighed record day clock is was by_now",
        writes=True,
    ),
    Intent(
        "renew", ("renew vaccine", "renew"), "pet near unnamed day clock record vaccination given had just", writes=True
    ),
    Intent(
        "record_vaccination",
        (
            "vaccination vaccine",
            "given vaccine",
            "given",
            "had brand",
            "record vaccine",
            "for_shot vaccine",
            "for_shot day",
            "vaccination record",
            "vaccination day",
            "vaccination had",
        ),
        "pet near unnamed day clock record vaccination vaccine given had just is was",
        writes=True,
    ),
    Intent("visit", ("visit", "visited", "to_vet"), "pet near unnamed day clock record just", writes=True),
    Intent("deworming", ("deworming", "dewormed"), "pet near unnamed day clock record just had", writes=True),
    Intent("note", ("note",), writes=True),
    Intent("new_pet", ("add called",), writes=True),
    Intent("status", ("status",), writes=True),
    Intent("thanks", ("thanks",)),
)
