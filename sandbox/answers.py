"""How the main app words its answers: the envelope, the bare shape, the errors that views raise (main-app.md §1)."""

from __future__ import annotations

from typing import Any, TypeAlias

from django.http import HttpResponse, JsonResponse

Json: TypeAlias = Any  # what json.dumps takes; the shapes are those of the contract, not of a schema


class ApiError(Exception):
    """An error answer. `bare` ones never reach the envelope; `extra` are more top-level keys."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        bare: bool = False,
        data: Json = None,
        error: str | None = None,
        extra: dict[str, Json] | None = None,
        headers: dict[str, str] | None = None,
        reached_controller: bool = True,
    ) -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message
        self.bare = bare
        self.data = data
        self.error = error or message
        self.extra = extra or {}
        self.headers = headers or {}
        self.reached_controller = reached_controller  # decides X-App-Version (main-app.md §0)

    def response(self, *, envelopes: bool) -> JsonResponse:
        """The answer on the wire; before v1.6.0 every error was bare (main-app.md §14)."""
        body: dict[str, Json] = {"message": self.message}
        if not self.bare and envelopes:
            body = {"success": False, "data": self.data, "message": self.message, "error": self.error}
        return JsonResponse(body | self.extra, status=self.status, headers=self.headers)


class InvalidError(ApiError):
    """422 of the validator: the first text, how many more, and all of them by field (main-app.md §1.3)."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        texts = [text for field in errors.values() for text in field]
        more = len(texts) - 1
        counted = f" (and {more} more error{'s' if more > 1 else ''})" if more else ""
        super().__init__(422, texts[0] + counted, extra={"errors": errors})


class FeatureNotAvailableError(ApiError):
    """422 of a feature this pet type doesn't have: neither success nor data nor error (main-app.md §1.3)."""

    def __init__(self) -> None:
        super().__init__(
            422,
            "The given data was invalid.",
            bare=True,
            extra={
                "error_code": "FEATURE_NOT_AVAILABLE_FOR_PET_TYPE",
                "errors": {"pet_type": ["Feature not available for this pet type"]},
            },
        )


def not_found() -> ApiError:
    return ApiError(404, "Resource not found.")


def unauthorized_action() -> ApiError:
    """403 of a policy: bare (main-app.md §1.3)."""
    return ApiError(403, "This action is unauthorized.", bare=True)


def server_error() -> ApiError:
    return ApiError(500, "Server Error", bare=True)


def ok(data: Json, *, status: int = 200, message: str | None = None) -> JsonResponse:
    body: dict[str, Json] = {"success": True, "data": data}
    if message is not None:
        body["message"] = message
    return JsonResponse(body, status=status)


def whole(number: float) -> float:
    """PHP's JSON writes 3.0 as 3."""
    return int(number) if number == int(number) else number


def no_content() -> HttpResponse:
    response = HttpResponse(status=204)
    del response["Content-Type"]
    return response
