"""What people call animals, by the main app's slug: English, Vietnamese, Russian, Ukrainian, emoji, breeds.

Phrases are separated by commas. Vietnamese is written with its diacritics (the match also works without them), Russian
and Ukrainian in any one case (endings are dropped before comparing), English in the singular (the plain plural is
added).
"""

WORDS: dict[str, str] = {
    "cat": (
        "cat, tom cat, house cat, kitty, kitten, kittie, pussycat, tomcat, feline, moggy, moggie, tabby, calico, mèo, mèo con, mèo "
        "mướp, кот, кошка, кошек, котенок, котята, котик, котэ, киса, киска, кисонька, кошечка, котеночек, котейка, котофей, "
        "мурлыка, кіт, кота, коти, кицька, кішка, кішечка, кошеня, кошенята, кошенятко, кицюня, киця, котяра, котусик"
    ),
    "dog": (
        "dog, doggy, doggie, doggo, puppy, puppies, pup, pupper, hound, canine, mutt, mongrel, pooch, chó, cún, cún con, "
        "cẩu, chó con, собака, собачка, собачек, песик, пес, пса, псы, псина, щенок, щенки, щенка, щенята, "
        "щеночек, песель, дворняга, дворняжка, собацюра, цуценя, цуцик, щеня, песика, пси, кобель"
    ),
    "bird": (
        "bird, birdie, love bird, жако, parrot, budgie, budgerigar, parakeet, cockatiel, cockatoo, canary, canaries, finch, "
        "finches, macaw, lovebird, conure, pigeon, dove, goose, geese, turkey, quail, peacock, owl, crow, raven, "
        "mynah, myna, starling, african grey, turtle dove, bird of prey, chim, chim cảnh, vẹt, con két, vẹt má vàng, yến phụng, "
        "chào mào, chích chòe, bồ câu, chim sẻ, sáo, chim sáo, họa mi, cu gáy, chim cút, chim vành khuyên, chim chào mào, "
        "ngỗng, công, gà tây, gà "
        "lôi, chim én, птица, птичка, птичек, птенец, попугай, попугайчик, канарейка, голубь, воробей, ворона, "
        "ворон, сова, гусь, индюк, перепел, перепелка, корелла, какаду, амадин, неразлучник, птах, пташка, папуга, "
        "папужка, голуб, горобець, гусак, гуска, індик, перепілка, канарка, хвилястий папуга, волнистый попугай, волнистик"
    ),
    "fish": (
        "fish, fishes, sea horse, морской конек, морський коник, parrot fish, parrotfish, goldfish, koi, guppy, "
        "guppies, betta, tetra, catfish, dogfish, carp, cichlid, angelfish, clownfish, seahorse, siamese fighting "
        "fish, fighting fish, oscar fish, koi carp, cá, cá vàng, cá cảnh, cá koi, cá chép, cá betta, cá lia thia, "
        "cá xiêm, cá bảy màu, cá ngựa, cá rồng, cá chuột, cá mèo, cá chó, cá ba đuôi, рыба, рыбка, рыбок, карп, "
        "карась, сом, гуппи, золотая рыбка, риба, рибка, рибки, гупі, золота рибка"
    ),
    "rabbit": (
        "rabbit, bunny, bunnies, bun bun, lop, lop eared rabbit, bunny rabbit, holland lop, netherland dwarf, "
        "angora rabbit, rex rabbit, dwarf rabbit, thỏ tai cụp, thỏ, thỏ con, кролик, крольчиха, крольчонок, крольчата, "
        "кроля, крол, кріль, "
        "кроленя, кроленята"
    ),
    "hamster": (
        "hamster, golden hamster, syrian hamster, dwarf hamster, russian hamster, "
        "hammy, hammie, hamster chuột, chuột hamster, chuột ham, ham tơ, roborovski, "
        "winter white, хомяк, хомячок, хомячиха, хомка, джунгарик, хом'як, хом'ячок, хом'ячка"
    ),
    "guinea-pig": (
        "guinea pig, guineapig, cavy, cavies, chuột lang, lợn guinea, heo guinea, bọ ú, chuột bọ, морская свинка, "
        "морские свинки, морских свинок, свинка морская, морська свинка, морські свинки, кавія, мурчак"
    ),
    "mouse": (
        "mouse, mice, fancy mouse, lab mouse, chuột bạch, chuột nhắt, мышь, мышка, мышонок, мыши, мышата, миша, "
        "мишка, мишеня"
    ),
    "rat": (
        "rat, ratty, fancy rat, lab rat, dumbo rat, chuột cống, chuột rat, chuột dumbo, крыса, крыска, крысенок, "
        "крысик, щур, щурик, щури, пацюк, пацючок"
    ),
    "gerbil": "gerbil, chuột nhảy, chuột sa mạc, chuột gerbil, песчанка, песчаночка, піщанка",
    "ferret": (
        "ferret, polecat, chồn sương, chồn ferret, фретка, хорек, хорька, хорьки, хорь, хорёчек, тхір, тхори, "
        "тхора, фредка"
    ),
    "chinchilla": (
        "chinchilla, chin chilla, sóc chinchilla, chuột chinchilla, sóc sin sin, шиншилла, шиншилка, шиншила, "
        "шиншиллочка"
    ),
    "hedgehog": (
        "hedgehog, hoglet, african pygmy hedgehog, nhím, nhím kiểng, nhím cảnh, еж, ежик, ежа, ежиха, ежонок, "
        "їжак, їжачок, їжачиха, їжаченя"
    ),
    "sugar-glider": (
        "sugar glider, sugarglider, sóc bay úc, sóc bay sugar glider, сахарная сумчатая летяга, сахарный поссум, "
        "сахарная летяга, сумчатая летяга, цукрова летяга, цукровий посум, цукрова сумчаста летяга, цукровий "
        "поссум"
    ),
    "lizard": (
        "lizard, gecko, iguana, chameleon, skink, bearded dragon, beardie, komodo dragon, monitor lizard, tegu, "
        "thằn lằn, tắc kè, kỳ đà, rồng nam mỹ, cự đà, rồng úc, con nhông, tắc kè hoa, ящерица, ящерка, геккон, "
        "игуана, хамелеон, варан, агама, эублефар, ящірка, гекон, ігуана, еублефар"
    ),
    "snake": (
        "snake, python, boa, corn snake, rat snake, hognose, ball python, burmese python, king snake, royal "
        "python, boa constrictor, viper, cobra, rắn, trăn, con rắn, змея, змейка, питон, удав, полоз, уж, змій, "
        "змія, змійка, пітон, вуж"
    ),
    "turtle": "turtle, tortoise, terrapin, rùa, ba ba, rùa tai đỏ, rùa cạn, черепаха, черепашка, черепашонок",
    "frog": "frog, froggy, toad, tree frog, ếch, cóc, nhái, ễnh ương, лягушка, лягушонок, жаба, жабка, квакша, ропуха",
    "axolotl": (
        "axolotl, khủng long sáu sừng, khủng long 6 sừng, kỳ nhông axolotl, kỳ giông mexico, kỳ nhông mexico, "
        "аксолотль, аксолотлик"
    ),
    "spider": "spider, tarantula, nhện, паук, паучок, паука, птицеед, тарантул, павук, павучок, птахоїд",
    "scorpion": "scorpion, bọ cạp, bò cạp, скорпион, скорпиончик, скорпіон",
    "snail": (
        "snail, giant african snail, african land snail, ốc, ốc sên, улитка, улиточка, ахатина, равлик, слимак, "
        "равличок"
    ),
    "crab": (
        "crab, hermit crab, cua, con cua, cua ẩn sĩ, ốc mượn hồn, краб, крабик, рак отшельник, краб отшельник, рак "
        "самітник, краб самітник"
    ),
    "horse": (
        "horse, pony, ponies, mare, stallion, foal, colt, filly, gelding, ngựa, ngựa con, лошадь, лошадка, лошади, "
        "конь, коня, кобыла, пони, жеребец, жеребенок, жеребята, кінь, коні, коник, конячка, кобила, поні, лоша, "
        "жеребець"
    ),
    "goat": (
        "goat, kid goat, billy goat, nanny goat, pygmy goat, dê, коза, козел, козла, козочка, козленок, козлик, "
        "козлята, козеня, цап, кізка, кози"
    ),
    "sheep": (
        "sheep, lamb, ewe, ram sheep, cừu, con chiên, овца, овечка, баран, барашек, ягненок, ягнята, вівця, вівці, "
        "ягня, баранчик"
    ),
    "pig": (
        "pig, piggy, piglet, hog, swine, minipig, mini pig, micro pig, teacup pig, pot bellied pig, potbellied "
        "pig, lợn, heo, heo mọi, lợn mán, heo con, lợn con, lợn mini, heo mini, свинья, свиньи, поросенок, поросята, "
        "минипиг, мини "
        "пиг, хрюшка, кабанчик, порося, поросятко, паця, мініпіг, свині"
    ),
    "donkey": "donkey, lừa, осел, ослик, осла, ослица, віслюк, віслючок",
    "cattle": (
        "cattle, cow, bull, calf, calves, ox, oxen, heifer, bò, bò sữa, con bê, con bò, рогатый скот, крупный "
        "рогатый скот, корова, коровка, бык, бычок, теленок, телята, телка, корівка, бик, бичок, теля, телятко, "
        "велика рогата худоба, рогата худоба"
    ),
    "chicken": (
        "chicken, hen, rooster, chick, cockerel, bantam, pullet, gà, gà con, gà trống, gà mái, gà tre, gà chọi, gà "
        "ác, курица, курочка, петух, петушок, цыпленок, цыплята, куры, несушка, курка, півень, курча, курчата, "
        "кури"
    ),
    "duck": (
        "duck, duckling, drake, mallard, muscovy, vịt, vịt con, ngan, vịt xiêm, утка, уточка, утенок, утята, "
        "селезень, качка, каченя, каченята, качур"
    ),
}

# Breeds that only one kind of animal has. "Angora", "Rex", "Himalayan" have more than one and are left out.
BREEDS: dict[str, str] = {
    "cat": (
        "british shorthair, american shorthair, domestic shorthair, domestic longhair, exotic shorthair, oriental "
        "shorthair, shorthair, longhair cat, scottish fold, scottish straight, maine coon, mainecoon, ragdoll, "
        "siamese, siamese cat, persian, persian cat, bengal, bengal cat, sphynx, sphinx, russian blue, norwegian "
        "forest, norwegian forest cat, munchkin, devon rex, cornish rex, turkish van, turkish angora, abyssinian, "
        "birman, burmese, savannah cat, siberian cat, anh lông ngắn, anh lông dài, mèo anh, mèo anh lông ngắn, mèo "
        "anh lông dài, aln, ald, ba tư, mèo ba tư, mèo xiêm, mèo mun, mèo tam thể, mèo nga, mèo ta, mèo tai cụp, "
        "mèo chân ngắn, mèo vàng, lông ngắn anh, британец, британская короткошерстная, шотландская вислоухая, "
        "вислоухий, ангорская кошка, ангорський кіт, ginger tom, сіамська кішка, сіамський кіт, перська кішка, перський кіт, "
        "мейн кун, мейнкун, сиамская кошка, "
        "персидская кошка, сфинкс, русская голубая, рэгдолл, "
        "регдолл, шотландец, перс, британська короткошерста, шотландська висловуха, висловухий, мейн-кун, сфінкс, "
        "регдол, британець"
    ),
    "dog": (
        "alsatian, staffy, staffie, ризеншнауцер, кане корсо, той терьер, той тер’єр, chó bull pháp, bull pháp, golden retriever, "
        "golden, bull terrier, rat terrier, sheep dog, wolf dog, wolfdog, bullmastiff, "
        "retriever, labrador, labrador retriever, lab, poodle, toy poodle, labradoodle, goldendoodle, cockapoo, "
        "cavapoo, bulldog, french bulldog, frenchie, english bulldog, beagle, rottweiler, dachshund, sausage dog, "
        "german shepherd, german shorthaired pointer, shepherd dog, australian shepherd, sheepdog, cattle dog, "
        "australian cattle dog, bird dog, yorkshire terrier, yorkie, terrier, jack russell, boxer dog, husky, "
        "huskies, siberian husky, alaskan malamute, malamute, corgi, shih tzu, shihtzu, doberman, great dane, "
        "chihuahua, pomeranian, spitz, shiba, shiba inu, akita, border collie, collie, pug, maltese, bichon, "
        "bichon frise, cocker spaniel, spaniel, havanese, dalmatian, samoyed, chow chow, pekingese, whippet, "
        "greyhound, schnauzer, weimaraner, vizsla, mastiff, pit bull, pitbull, st bernard, saint bernard, "
        "newfoundland dog, lhasa apso, phú quốc, chó phú quốc, chó cỏ, chó ta, chó mực, phốc, phốc sóc, chó phốc, chó phốc sóc, "
        "chó nhật, lạp xưởng, chó lạp xưởng, becgie, béc giê, alaska, chó lai, шпиц, лабрадор, ретривер, "
        "золотистый ретривер, пудель, мопс, такса, овчарка, немецкая овчарка, хаски, корги, йорк, йоркширский "
        "терьер, терьер, бульдог, чихуахуа, ротвейлер, доберман, бигль, спаниель, далматин, далматинец, акита, "
        "алабай, самоед, боксер, ши тцу, мальтипу, шпіц, вівчарка, німецька вівчарка, гаскі, хаскі, коргі, тер'єр, "
        "ретрівер, золотистий ретривер, пінчер, бігль, спанієль, далматинець, двірняга, дворняга"
    ),
    "rabbit": "flemish giant, lionhead rabbit",
    "guinea-pig": "abyssinian guinea pig, peruvian guinea pig",
    "horse": "arabian horse, shetland pony, mustang horse",
    "turtle": "red eared slider",
    "lizard": "leopard gecko, crested gecko",
}

# Kinds (by slug) that one word names at once; with a single kind, the word only comes near it.
SEVERAL: dict[str, str] = {
    "mouse rat hamster guinea-pig gerbil": "chuột, chuột cảnh, chuột kiểng, rodent, грызун, гризун",
    "mouse rat hamster": "chuột con",
    "lizard snake turtle": "bò sát, reptile, рептилия, рептилія, плазун, пресмыкающееся",
    "frog axolotl": "ếch nhái, lưỡng cư, amphibian, амфибия, амфібія, земноводное",
    "guinea-pig pig": "свинка, свинки",
    "axolotl lizard": "kỳ nhông, kỳ giông, salamander, newt, тритон, саламандра",
    "chicken duck bird": "gia cầm, poultry, fowl, домашня птиця, домашняя птица",
    "ferret": "chồn",
    "sugar-glider": "sóc bay, flying squirrel, летяга",
    "cattle": "trâu, buffalo, буйвол, буйвіл",
    "rabbit": "hare, заяц, заєць, зайчик, зайка, thỏ rừng",
    "cattle pig sheep goat": "livestock, gia súc, худоба, скот",
    "cat rabbit": "angora, rex",
}

# Animals whose name contains another's: they must not be taken for it.
OTHER_ANIMALS = (
    "prairie dog, sea lion, guinea fowl, guinea hen, hot dog, sea dog, raccoon dog, bush dog, chuột túi, chuột "
    "lang nước, chuột chũi, cá sấu, cá heo, cá voi, cá mập, hải cẩu, hà mã, ngựa vằn, gà nước, морской лев, "
    "морской котик, морська свиня, морской еж, морський їжак, морський котик, летучая мышь, летучие мыши, "
    "летюча миша, bat, flying fox, horse fly, sea urchin, sea snail, spider monkey, bearcat, божья коровка, "
    "mole rat, kangaroo rat, bò rừng, chó sói, chó biển, mèo máy, robot dog, robot cat, voi con, bird spider, dế, dế mèn"
)

# Words that say "an animal" and no more.
ANY_ANIMAL = (
    "pet, animal, creature, thú cưng, động vật, con vật, thú nuôi, vật nuôi, питомец, животное, зверь, зверек, "
    "тварина, тваринка, улюбленець, домашний питомец, домашнее животное, домашній улюбленець"
)

# Words that describe an animal and leave its kind as it is.
DESCRIBING = (
    "black, white, gray, grey, brown, red, orange, ginger, golden coloured, cream, blue eyed, tuxedo, tortoiseshell, "
    "tortie, spotted, "
    "striped, tricolor, bicolor, fluffy, furry, hairy, hairless, shaggy, long haired, short haired, longhaired, "
    "shorthaired, big, "
    "large, huge, small, little, tiny, mini, miniature, fat, chubby, skinny, slim, young, old, older, elderly, senior, "
    "adult, baby, "
    "newborn, male, female, boy, girl, cute, sweet, lovely, dear, beloved, beautiful, pretty, funny, lazy, friendly, "
    "rescued, rescue, "
    "stray, street, indoor, outdoor, domestic, mixed, mix, mixed breed, crossbreed, purebred, breed, spayed, neutered, "
    "intact, desexed, fixed, "
    "sterilized, sterilised, castrated, kind, kind of, sort of, type, type of, species, new, "
    "đen, trắng, vàng, xám, nâu, cam, mướp, tam thể, đốm, khoang, lông dài, lông ngắn, không lông, lông xù, xù, to, lớn, nhỏ, bự, "
    "mập, béo, gầy, "
    "già, trẻ, lai, hoang, xinh, đẹp, cưng, yêu, dễ thương, đáng yêu, đực, cái, mẹ, sơ sinh, trưởng thành, nuôi, giống, "
    "loài, loại, "
    "thuộc loài, thuộc giống, đã triệt sản, triệt sản, "
    "черный, черная, черного, черную, белый, белая, белого, белую, серый, серая, серого, серую, рыжий, рыжая, рыжего, рыжую, "
    "полосатый, полосатая, трехцветная, пестрый, пятнистый, пушистый, пушистая, лысый, лысая, толстый, толстая, худой, большой, "
    "большая, маленький, маленькая, маленького, маленькую, старый, старая, старого, старую, пожилой, молодой, молодая, взрослый, "
    "взрослая, домашний, домашняя, уличный, уличная, бездомный, дворовый, породистый, беспородный, беспородная, "
    "любимый, любимая, "
    "милый, милая, породы, породи, порода, вид, живет, живе, жил, жила, кастрированный, кастрированная, стерилизованный, "
    "стерилизованная, самец, самка, мальчик, девочка, декоративный, декоративная, карликовый, карликовая, дамбо, "
    "чорний, чорна, чорного, чорну, білий, біла, білого, білу, сірий, сіра, рудий, руда, смугастий, пухнастий, "
    "пухнаста, товстий, "
    "великий, велика, маленький, маленька, старий, стара, старого, стару, молодий, молода, дорослий, доросла, домашній, домашня, "
    "вуличний, безпритульний, улюблений, улюблена, кастрований, стерилізована, хлопчик, дівчинка, самець, самиця, "
    "декоративний, декоративна, карликовий, карликова"
)

# Vietnamese words that, typed without diacritics, are other words too ("my dog ran away", "my vet"): beside an English word
# they don't count.
_OTHER_WORDS_TOO = "ran lon de ca bo ga oc sao cong lua cho tho be vet ngan trau chon"
OTHER_WORDS_TOO = frozenset(_OTHER_WORDS_TOO.split())

EMOJI: dict[str, str] = {
    "cat": "🐱🐈😺😸😹😻😼😽🙀😿😾",
    "dog": "🐶🐕🐩🦮",
    "bird": "🐦🦜🦉🦅🕊🦢🦚🦩🐧🦃🪿🦤",
    "fish": "🐟🐠🐡",
    "rabbit": "🐰🐇",
    "hamster": "🐹",
    "mouse": "🐭🐁",
    "rat": "🐀",
    "hedgehog": "🦔",
    "lizard": "🦎",
    "snake": "🐍",
    "turtle": "🐢",
    "frog": "🐸",
    "spider": "🕷",
    "scorpion": "🦂",
    "snail": "🐌",
    "crab": "🦀",
    "horse": "🐴🐎",
    "goat": "🐐",
    "sheep": "🐑🐏",
    "pig": "🐷🐖🐽",
    "donkey": "🫏",
    "cattle": "🐮🐄🐂",
    "chicken": "🐔🐓🐤🐣🐥",
    "duck": "🦆",
}
