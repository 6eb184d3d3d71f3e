"""A picture that somebody sent on Zalo: where it may be fetched."""

from petstools.files.download import DownloadLimits, may_be_asked


def address(url: str) -> str:
    """Its address, over HTTPS whatever Zalo wrote (zalo-api.md §2.3); empty where it lies on none of `ZALO_PICTURE_HOSTS`."""
    if url.startswith("http://"):
        url = "https://" + url.removeprefix("http://")
    return url if may_be_asked(url, DownloadLimits.from_settings("zalo")) else ""
