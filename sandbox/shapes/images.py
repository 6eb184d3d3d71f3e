"""Images in JSON, and the raw storage rows beside them (main-app.md §9.2)."""

from __future__ import annotations

from datetime import datetime

from sandbox.answers import Json
from sandbox.config import MainApp
from sandbox.images import inline_preview
from sandbox.records import Media

from .stamps import timestamps


def _address(media: Media, app: MainApp, path: str) -> str:
    return f"{app.url}/storage/{media.id}/{path}?v={int(media.updated_at.timestamp())}"


def image_json(media: Media, app: MainApp, *, primary: bool) -> Json:
    stem, ready = stem_of(media), is_past(media.converted_at, app)
    original = _address(media, app, media.file_name)
    medium = _address(media, app, f"conversions/{stem}-medium.jpg") if ready else original
    thumb = _address(media, app, f"conversions/{stem}-thumb.jpg") if ready else original
    image: dict[str, Json] = {"id": media.id, "url": medium, "thumb_url": thumb, "is_primary": primary}
    if app.release.image_sizes:
        webp = _address(media, app, f"conversions/{stem}-webp.webp") if ready else None
        image |= {"medium_url": medium, "webp_url": webp, "processing": not ready}
    if app.release.image_sources:
        sets = {kind: srcset(media, app, name) for kind, name in responsive_files(media, app).items()}
        sources = [{"type": "image/webp", "srcset": sets["webp"]}] if "webp" in sets else []
        image |= {"srcset": sets.get("media_library_original"), "sources": sources}
        image |= {"width": media.width, "height": media.height}
    return image


def srcset(media: Media, app: MainApp, file_name: str) -> str:
    """One size, and the inline image: kilobytes of no use to a client (main-app.md §9.2)."""
    width = file_name.split("_")[-2]
    return f"{_address(media, app, f'responsive-images/{file_name}')} {width}w, {inline_preview()} 32w"


def responsive_files(media: Media, app: MainApp) -> dict[str, str]:
    """The scaled files there are by now; those of the original come from a queue."""
    side = 1600 if media.model_type == "Pet" else 1024
    stem, extension = stem_of(media), media.file_name.rpartition(".")[2]
    files: dict[str, str] = {}
    if is_past(media.converted_at, app):
        files["webp"] = f"{stem}___webp_{side}_{side}.webp"
    if is_past(media.scaled_at, app):
        files["media_library_original"] = f"{stem}___media_library_original_{media.width}_{media.height}.{extension}"
    return files


def stem_of(media: Media) -> str:
    return media.file_name.rpartition(".")[0] or media.file_name


def is_past(moment: datetime | None, app: MainApp) -> bool:
    return moment is not None and moment <= app.world.now()


def media_json(media: Media, order: int, app: MainApp) -> Json:
    """The raw storage row, an internal duplicate of the image."""
    files = responsive_files(media, app)
    return {
        "id": media.id,
        "model_type": f"App\\Models\\{media.model_type}",
        "model_id": media.model_id,
        "uuid": media.uuid,
        "collection_name": media.collection,
        "name": stem_of(media),
        "file_name": media.file_name,
        "mime_type": media.mime_type,
        "disk": "public",
        "conversions_disk": "public",
        "size": len(media.content),
        "manipulations": [],
        "custom_properties": {"image": {"width": media.width, "height": media.height}} if media.width else [],
        "generated_conversions": {"thumb": True, "medium": True, "webp": True} if "webp" in files else [],
        "responsive_images": {kind: {"urls": [name], "base64svg": inline_preview()} for kind, name in files.items()}
        or [],
        "order_column": order,
        **timestamps(media),
        "original_url": _address(media, app, media.file_name),
        "preview_url": "",
    }


def photo_keys(photos: list[Media], app: MainApp, *, has_primary: bool) -> dict[str, Json]:
    return {
        "photos": [image_json(p, app, primary=has_primary and i == 0) for i, p in enumerate(photos)],
        "media": [media_json(photo, order, app) for order, photo in enumerate(photos, start=1)],
    }
