"""Months, weekdays and units of time in four languages, as `with_digits` leaves them, and the arithmetic of days."""

import calendar
import re
from datetime import date, timedelta
from typing import Literal

from petstools.understand.text import fold, lowered

Unit = Literal["day", "week", "month", "year"]

_MONTH_WORDS = (
    "january jan январь января январе янв січень січня січні січ",
    "february feb февраль февраля феврале фев февр лютии лютого лютому лют",
    "march mar март марта марте мар березень березня березні бер",
    "april apr апрель апреля апреле апр квітень квітня квітні квіт кві",
    "may маи мая мае травень травня травні трав тра",
    "june jun июнь июня июне июн червень червня червні черв",
    "july jul июль июля июле июл липень липня липні лип",
    "august aug август августа августе авг серпень серпня серпні серп",
    "september sept sep сентябрь сентября сентябре сен сент вересень вересня вересні вер",
    "october oct октябрь октября октябре окт жовтень жовтня жовтні жовт",
    "november nov ноябрь ноября ноябре ноя нояб листопад листопада листопаді лист",
    "december dec декабрь декабря декабре дек грудень грудня грудні груд",
)
MONTHS = {word: month for month, listed in enumerate(_MONTH_WORDS, start=1) for word in listed.split()}

_WEEKDAY_WORDS = (
    "monday mon понедельник понедельника понедельнику пн понеділок понеділка",
    "tuesday tue tues вторник вторника вт вівторок вівторка",
    "wednesday wed среда среду среды ср середа середу середи",
    "thursday thu thur thurs четверг четверга чт четвер четверга",
    "friday fri пятница пятницу пятницы пт пятниця пятницю пятниці",
    "saturday sat суббота субботу субботы сб субота суботу суботи",
    "sunday sun воскресенье воскресенья вс неділя неділю неділі нд cn",
)
WEEKDAYS = {word: weekday for weekday, listed in enumerate(_WEEKDAY_WORDS) for word in listed.split()}

_UNIT_WORDS: dict[Unit, str] = {
    "day": "day days d ngay hom bua день дня днеи дн дні днів",
    "week": "week weeks wk wks w tuan неделя недели недель неделю нед тиждень тижні тижнів тижня тиж",
    "month": "month months mo mos mth mths m thang месяц месяца месяцев мес м місяць місяця місяці місяців міс",
    "year": (
        "year years yr yrs y yo nam tuoi год года лет годик годика годиков году г л "
        "рік роки років року р рочок рочки рочків"
    ),
}
UNITS = {word: unit for unit, listed in _UNIT_WORDS.items() for word in listed.split()}
# One of a unit without saying "one": "неделю назад", "рік".
_SINGLE_UNITS = "день неделю неделя месяц год годик рочок тиждень місяць рік day week month year"
SINGLE_UNITS = frozenset(_SINGLE_UNITS.split())

_VIETNAMESE_MONTH = re.compile(r"\b(?:thang|thg|th) (\d{1,2})\b")
_VIETNAMESE_WEEKDAY = re.compile(r"\b(?:thu|t) ([2-7])\b")
_MONTH_NAME = re.compile(rf"\b(?:{'|'.join(sorted(MONTHS, key=len, reverse=True))})\b")
_WEEKDAY_NAME = re.compile(rf"\b(?:chu nhat|{'|'.join(sorted(WEEKDAYS, key=len, reverse=True))})\b")


def with_calendar_marks(text: str) -> str:
    """The text with months as "#3" and weekdays as "@0" (Monday); Vietnamese "thang 3" and "thu 2" too."""
    text = re.sub("[#@]", "?", text)
    text = _VIETNAMESE_MONTH.sub(lambda match: f"#{int(match[1])}", text)
    text = _VIETNAMESE_WEEKDAY.sub(lambda match: f"@{int(match[1]) - 2}", text)
    text = _MONTH_NAME.sub(lambda match: f"#{MONTHS[match[0]]}", text)
    return _WEEKDAY_NAME.sub(lambda match: f"@{WEEKDAYS.get(match[0], 6)}", text)


def real_date(year: int, month: int, day: int) -> date | None:
    """The day, or None where the calendar has no such day (31 February, month 13, year 0)."""
    try:
        return date(year, month, day)
    except (ValueError, OverflowError):
        return None


def days_from(day: date, days: int) -> date | None:
    """A day some days later (earlier when negative); None past the ends of the calendar."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return None


def months_from(day: date, months: int) -> date | None:
    """The same day of another month, its last day where it has no such day; None past the ends of the calendar."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not date.min.year <= year <= date.max.year:
        return None
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


# Which marks Vietnamese words for days and ages carry: one that carries others is another word (rule 2).
_MARKED_WORDS = (
    "một hai ba bốn tư năm sáu bảy bẩy tám chín mười mươi mốt lăm nhăm rưỡi rưởi nửa nữa trăm "
    "ngày tuần tháng năm tuổi hôm bữa quý thứ chủ nhật mùng mồng thg "
    "trước sau tới đây cách này nãy ngoái rồi vừa mới qua kia kìa mai nay giờ phút lúc vào buổi hồi tầm gần giữa rạng "
    "sáng trưa chiều tối đêm khuya xế sớm muộn bây ban hẹn lại nhắc tiêm chích chủng ngừa mũi tiếp theo kế lần "
    "sắp hạn hết hiệu lực có giá trị đến mỗi hằng hàng vòng kể từ khi sẽ đã khám cân đo cấy gắn là được phòng đó ấy "
    "khoảng chừng chứng đúng tròn hơn bé nó con sinh ra đẻ sơ cháu hiện tại bấy tiêm bị dưới tối đa ít nhất vài mấy chưa hoặc "
    "xấp xỉ ước non già trên chỉ thôi âm lịch giêng chạp rằm mụ tái mèo chó"
)
_MARKED = frozenset(_MARKED_WORDS.split())
_WORD = re.compile(r"[^\W\d_]+")


def has_other_marks(text: str) -> bool:
    """Whether a word carries Latin marks that no word of days and ages does: "hôm quá", "hôm quạ"."""
    for word in _WORD.findall(lowered(text)):
        bare = fold(word)
        if bare != word and bare.isascii() and word not in _MARKED:
            return True
    return False
