"""Images in JSON, and the raw storage rows beside them (main-app.md §9.2)."""

from __future__ import annotations

from sandbox.answers import Json
from sandbox.config import MainApp
from sandbox.images import inline_preview
from sandbox.records import Media

from .stamps import timestamps


def _address(media: Media, app: MainApp, path: str) -> str:
    return f"{app.url}/storage/{media.id}/{path}?v={int(media.updated_at.timestamp())}"


def image_json(media: Media, app: MainApp, *, primary: bool) -> Json:
    stem = media.file_name.rpartition(".")[0] or media.file_name
    ready = media.converted_at <= app.world.now()
    original = _address(media, app, media.file_name)
    medium = _address(media, app, f"conversions/{stem}-medium.jpg") if ready else original
    thumb = _address(media, app, f"conversions/{stem}-thumb.jpg") if ready else original
    image: dict[str, Json] = {"id": media.id, "url": medium, "thumb_url": thumb, "is_primary": primary}
    if app.release.image_sizes:
        webp = _address(media, app, f"conversions/{stem}-webp.webp") if ready else None
        image |= {"medium_url": medium, "webp_url": webp, "processing": not ready}
    if app.release.image_sources:
        inline = _address(media, app, f"responsive-images/{stem}___webp_1600_1600.webp")
        sources = [{"type": "image/webp", "srcset": f"{inline} 1600w, {inline_preview()} 32w"}] if ready else []
        image |= {"srcset": None, "sources": sources, "width": media.width, "height": media.height}
    return image


def media_json(media: Media, order: int, app: MainApp) -> Json:
    """The raw storage row, an internal duplicate of the image."""
    stem = media.file_name.rpartition(".")[0] or media.file_name
    ready = media.converted_at <= app.world.now()
    preview = {"webp": {"urls": [f"{stem}___webp_1600_1600.webp"], "base64svg": inline_preview()}}
    return {
        "id": media.id,
        "model_type": f"App\\Models\\{media.model_type}",
        "model_id": media.model_id,
        "uuid": media.uuid,
        "collection_name": media.collection,
        "name": stem,
        "file_name": media.file_name,
        "mime_type": media.mime_type,
        "disk": "public",
        "conversions_disk": "public",
        "size": len(media.content),
        "manipulations": [],
        "custom_properties": {"image": {"width": media.width, "height": media.height}},
        "generated_conversions": {"thumb": True, "medium": True, "webp": True} if ready else [],
        "responsive_images": preview if ready else [],
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
