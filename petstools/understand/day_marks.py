"""Which marks Vietnamese words for days and ages carry: one that carries others is another word (rule 2)."""

import re

from petstools.understand.text import fold, lowered

_LISTED = (
    "một hai ba bốn tư năm sáu bảy bẩy tám chín mười mươi mốt lăm nhăm rưỡi rưởi nửa nữa trăm "
    "ngày tuần tháng năm tuổi hôm bữa quý thứ chủ nhật mùng mồng thg "
    "trước sau tới đây cách này nãy ngoái rồi vừa mới qua kia kìa mai nay giờ phút lúc vào buổi hồi tầm gần giữa rạng "
    "sáng trưa chiều tối đêm khuya xế sớm muộn bây ban hẹn lại nhắc tiêm chích chủng ngừa mũi tiếp theo kế lần "
    "hạn hết hiệu lực có giá trị đến mỗi hằng hàng vòng kể từ khi sẽ đã khám cân đo cấy gắn là được phòng đó ấy "
    "khoảng chừng chứng đúng tròn hơn bé nó con sinh ra đẻ sơ cháu hiện tại bấy tiêm bị dưới tối đa ít nhất vài mấy chưa hoặc "
    "xấp xỉ ước non già trên âm lịch giêng chạp rằm mụ tái mèo chó"
)
_WORDS = frozenset(_LISTED.split())
_WORD = re.compile(r"[^\W\d_]+")


def has_other_marks(text: str) -> bool:
    """Whether a word carries Latin marks that no word of days and ages does: "hôm quá", "hôm quạ"."""
    for word in _WORD.findall(lowered(text)):
        bare = fold(word)
        if bare != word and bare.isascii() and word not in _WORDS:
            return True
    return False
