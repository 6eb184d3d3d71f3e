"""The few texts that the main app translates; everything else is English in every language (main-app.md §12)."""

from __future__ import annotations

LANGUAGES = ("en", "ru", "uk", "vi")

_TEXTS: dict[str, dict[str, str]] = {
    "forbidden": {
        "en": "Access forbidden.",
        "ru": "Доступ запрещён.",
        "uk": "Доступ заборонено.",
        "vi": "Truy cập bị từ chối.",
    },
    "conflict": {
        "en": "This record changed on the server since your offline edit. Review the conflict before syncing again.",
        "ru": "Эта запись изменилась на сервере после вашего офлайн-редактирования. "
        "Просмотрите конфликт перед повторной синхронизацией.",
        "uk": "Цей запис змінився на сервері після вашого офлайн-редагування. "
        "Перегляньте конфлікт перед повторною синхронізацією.",
        "vi": "Bản ghi này đã thay đổi trên máy chủ sau lần chỉnh sửa ngoại tuyến của bạn. "
        "Hãy xem lại xung đột trước khi đồng bộ lại.",
    },
    "name.required": {
        "en": "Name is required.",
        "ru": "Имя обязательно.",
        "uk": "Ім’я обов’язкове.",
        "vi": "Tên là bắt buộc.",
    },
    "name.max": {
        "en": "Name cannot exceed 255 characters.",
        "ru": "Имя не может превышать 255 символов.",
        "uk": "Ім’я не може перевищувати 255 символів.",
        "vi": "Tên không được vượt quá 255 ký tự.",
    },
    "email.required": {
        "en": "Email is required.",
        "ru": "Email обязателен.",
        "uk": "Email обов’язковий.",
        "vi": "Email là bắt buộc.",
    },
    "email.taken": {
        "en": "This email is already registered.",
        "ru": "Этот email уже зарегистрирован.",
        "uk": "Цей email вже зареєстровано.",
        "vi": "Email này đã được đăng ký.",
    },
    "password.required": {
        "en": "Password is required.",
        "ru": "Пароль обязателен.",
        "uk": "Пароль обов’язковий.",
        "vi": "Mật khẩu là bắt buộc.",
    },
    "password.short": {
        "en": "Password must be at least 10 characters.",
        "ru": "Пароль должен содержать не менее 10 символов.",
        "uk": "Пароль має містити щонайменше 10 символів.",
        "vi": "Mật khẩu phải có ít nhất 10 ký tự.",
    },
    "habit.not_owned": {
        "en": "You must currently own all selected pets.",
        "vi": "Bạn phải là chủ hiện tại của tất cả thú cưng đã chọn.",
    },
    "chip.created": {
        "en": "Microchip record created successfully.",
        "ru": "Запись о микрочипе создана.",
        "uk": "Запис про мікрочип створено.",
        "vi": "Đã tạo hồ sơ vi mạch.",
    },
    "chip.updated": {
        "en": "Microchip record updated successfully.",
        "ru": "Запись о микрочипе обновлена.",
        "uk": "Запис про мікрочип оновлено.",
        "vi": "Đã cập nhật hồ sơ vi mạch.",
    },
    "chip.deleted": {
        "en": "Microchip record deleted successfully.",
        "ru": "Запись о микрочипе удалена.",
        "uk": "Запис про мікрочип видалено.",
        "vi": "Đã xóa hồ sơ vi mạch.",
    },
}


def text(key: str, language: str) -> str:
    """In this language, where a recording shows it; else in English."""
    return _TEXTS[key].get(language, _TEXTS[key]["en"])


def chosen_language(accept_language: str) -> str | None:
    """The best supported language of the header by q-value, region ignored; None when it names none."""
    wishes: list[tuple[float, int, str]] = []
    for position, part in enumerate(accept_language.split(",")):
        tag, _, parameters = part.strip().partition(";")
        language = tag.strip().lower().split("-")[0]
        try:
            quality = float(parameters.strip().removeprefix("q=")) if parameters.strip() else 1.0
        except ValueError:
            quality = 0.0
        if language in LANGUAGES and quality > 0:
            wishes.append((-quality, position, language))
    return min(wishes)[2] if wishes else None
