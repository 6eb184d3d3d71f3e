"""Words for what was not done, by what they say, in four languages: `not_done` reads them."""

# Where nobody was there to do it, and what could not be used, by the words for that.
PLACES = {
    (
        "was closed, is closed, were closed, closed, was shut, were shut, had closed, was full, was fully booked, "
        "were fully booked, was sick, was ill, was away, was on holiday, was on leave, had left"
    ): ("it, they, office, vet, vets, clinic, vet clinic, hospital, practice, doctor"),
    ("đóng cửa, nghỉ, nghỉ lễ, hết giờ, đi vắng, hết chỗ, quá đông, đông quá, đóng"): (
        "phòng khám, thú y, bệnh viện, bác sĩ, bs, bên đó, bên thú y"
    ),
    (
        "закрыта, была закрыта, закрыто, было закрыто, закрылась, заболел, заболела, уехал, уехала, в отпуске, был в отпуске, "
        "на ремонте, не работает, не работала"
    ): ("клиника, ветклиника, ветеринарка, ветеринар, врач, кабинет, там, все"),
    ("broken, was broken, broke, did not work, didnt work, was down"): ("machine, scanner, syringe"),
    ("expired, was expired, had expired"): ("vaccine, pill, tablet"),
    ("просрочена, была просрочена, прострочена, була прострочена"): ("вакцина, таблетка"),
    ("hết hạn"): ("vắc xin, vacxin, thuốc"),
    ("hỏng, bị hỏng"): ("máy, máy siêu âm, máy x quang"),
    ("сломался, сломан, не работал, зламався, не працював"): ("аппарат, апарат"),
    (
        "зачинена, була зачинена, закрита, була закрита, зачинено, було зачинено, захворів, захворіла, поїхав, у відпустці, "
        "на ремонті, не працює, не працювала"
    ): ("клініка, ветклініка, ветеринарка, ветеринар, лікар, кабінет, там, усе, все"),
}
# What was given came out again, was not there, was called off.
UNDONE = (
    "decided not to, decided not, closed for, closed on, cant afford, couldnt afford, coi như chưa, quyết định không, решили не, "
    "решил не, решила не, "
    "вирішили не, вирішив не, вирішила не, не поехали, не пошли, не доехали, не советовал, не советовала, не доїхали, не поїхали, "
    "не пішли, "
    "не радив, не радила, không đi được, không đi nữa, we stopped, i stopped, "
    "spat, spits, spit out, spit it out, spat it out, threw it up, threw up it, threw up pill, threw up the pill, "
    "threw up medicine, threw up the medicine, brought it up, brought it back up, vomited it, vomited up, vomited pill, "
    "vomited the pill, puked it, refused, no vaccine, no vaccines, none left, out of, ran out, run out, no one, nobody, no doctor, "
    "no vet, cancelled, canceled, postponed, changed mind, changed our mind, changed my mind, changed their mind, decided against, "
    "turned away, sent home without, sent us home without, put off, gave up, no appointment, no slot, said no, said not today, "
    "said to wait, advised to wait, told to wait, told to come back, told us to come back, asked to come back, was sent away, "
    "were sent away, nothing went in, leaked out, only talked, just talked, only asked, just asked, lost the pill, "
    "dropped the pill, lost pill, dropped pill, held off, put it off, no shot, no jab, no injection, no dose, no pill, no tablet, "
    "nhè, nhè ra, nhè hết, nhè thuốc, phun, phun ra, phun hết, phun thuốc, nhả, nhả ra, nhả thuốc, nhổ ra, nhổ thuốc, no slots, "
    "ói ra thuốc, "
    "ói hết thuốc, nôn ra thuốc, nôn hết thuốc, nôn ra hết thuốc, hết vắc xin, hết vacxin, hết vaccine, hết thuốc, bị hủy, "
    "hủy hẹn, hủy lịch, hoãn, đổi ý, thôi không, bỏ về, chạy mất, làm rơi thuốc, bảo về, bảo đợi, bảo chờ, bận, đông quá, "
    "выплюнул, выплюнула, выплюнули, выплевывает, вырвало таблеткой, вырвало лекарством, вакцина закончилась, закончилась вакцина, "
    "лекарство закончилось, отменили, отменил, отменила, передумали, передумал, передумала, развернули, отказались, отложили, "
    "вакцины нет, нет вакцины, отказался, отказалась, отменил запись, запись отменили, сказал подождать, сказали подождать, "
    "сказал прийти, сказали прийти, велел прийти, велели прийти, виплюнув, виплюнула, виплюнули, випльовує, знудило таблеткою, "
    "вирвало таблеткою, вакцина закінчилася, вакцина закінчилась, закінчилася вакцина, скасували, скасував, скасувала, передумав, "
    "розвернули, відмовилися, відмовились, відклали, вакцини нема, немає вакцини, сказав почекати, сказали почекати, "
    "сказав прийти, відмовився, відмовилась, побоялись, побоялися, испугались, злякалися"
)
# Of the going there: nothing by itself; behind "so", that it was left.
HOME = (
    "went home, went back, went back home, came home, came back, came back home, go home, left, về nhà, đi về, quay về, ra về, "
    "thôi, вернулись, вернулись домой, уехали, ушли, поехали домой, повернулися, повернулись, повернулися додому, пішли, "
    "поїхали додому"
)
# What may stand beside "not", or beside what was undone, and still say nothing of what was done.
BESIDE = (
    "slots, door, refused by, vaccination, repeated, заняты, приехал, приехала, доехал, времени, мест, места, приїхав, приїхала, "
    "часу, місць, місця, đến, đến được, tới được, ill, sick, "
    "end, office, holiday, holidays, sundays, afford, him do it, до, клиники, клініки, клиника, клініка, прививать, щепити, liền, "
    "hôm đó, bé, машина, "
    "keep, down, syringe, nói, так, vaccinate, available, come, came, show, show up, into, today, behind, wait, waiting, her, him, "
    "them, it, us, at all, all, "
    "everything, most, half, right, away, right away, straight, back, up, out, immediately, pill, tablet, medicine, meds, dose, "
    "vaccine, shot, jab, doctor, stock, of, there, because, swallow, swallowing, catch, catching, hold, get, let, lets, count, "
    "counts, counted, against, go, going, try, to, with, any, left, by, that, time, which, carrier, visit, không, không có ở đó, "
    "không có đó, ở đó, bảo, "
    "đến nơi, tới nơi, rơi, viên thuốc, ra, hết, ngay, luôn, hẳn, viên, bắt, giữ, nuốt, tính, chịu uống, chịu nuốt, chịu tiêm, "
    "lịch, vắc xin, vacxin, "
    "làm nữa, nữa, его, ее, сразу, вышло, получилось, попали, доехали, стали, взял, взяла, себя, уколоть, разжал, разжала, пасть, "
    "работал, позже, таблетку, таблетка, лекарство, дозу, укол, прививку, вакцину, вакцины, врач, врача, ветеринар, ветеринара, "
    "клинику, там, а, и, приехали, пришли, принял, приняла, приняли, считается, считаем, смогли, смог, смогла, поймать, поймали, "
    "удержать, дался, далась, проглотил, проглотила, проглотить, глотает, прием, визит, нас, из за, одразу, вийшло, потрапили, "
    "доїхали, взяв, себе, вколоти, ковтнув, ковтнула, пізніше, відразу, ліки, щеплення, вакцини, лікар, лікаря, клініку, приїхали, "
    "прийшли, прийняв, прийняли, рахується, рахуємо, вважається, змогли, зміг, змогла, зловити, зловили, втримати, дався, далася, "
    "проковтнув, проковтнула, прийом, візит, eat the pill, eat the tablet, ate the pill, съел таблетку, съела таблетку, "
    "ел таблетку, ела таблетку, зїв таблетку, зїла таблетку"
)
# The same beside "tomorrow" too.
DOING = (
    "try, try again, thử, thử lại, попробуем, попробую, спробуємо, спробую, раз, ще раз, еще раз, repeated, vaccination, refused, "
    "appointment, дать, дати, mất, uống hết thuốc, done, do, did, does, doing, happening, longer, given, give, gave, made, make, "
    "taken, take, happened, yet, still, so far, was, were, been, be, will, for, at, on, in, the, vet, clinic, until, till, week, "
    "weeks, month, months, day, days, để, đi, sang, qua, làm, tẩy, xổ, sổ, tiêm, chích, mổ, khám, uống, cho, được, bị, thì, mới, "
    "xong, thuốc, tuần, ngày, tháng, hôm, thứ, bác sĩ, vào, sau, tới, успел, успела, успели, встиг, встигла, встигли, колол, "
    "колола, кололи, ставили, поставили, прививали, привили, щепили, делал, делала, делали, сделал, сделала, сделали, сделано, "
    "сделана, делать, давал, давала, давали, дал, дала, дали, было, еще, сделать, пока, на, в, во, через, за, неделя, неделе, "
    "неделю, месяц, месяце, день, дня, дней, робив, робила, зробити, робили, зробив, зробила, зробили, зроблено, зроблена, робити, "
    "давав, дав, було, ще, поки, у, тиждень, тижня, тижні, місяць, місяці"
)
