"""The schema's addresses: for GPT builders as JSON and YAML, for people as a page. Open to all, from memory, without SQL."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import condition, require_safe

from petstools.schema.document import published

_KEPT_FOR = "public, max-age=300, must-revalidate"
# Swagger UI carries its small pictures as data: addresses in its own style sheet, and reads /openapi.json from here.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)


def _served(form: str, content_type: str) -> Callable[[HttpRequest], HttpResponse]:
    @require_safe
    @condition(etag_func=lambda _request: published().etag(form))
    def view(request: HttpRequest) -> HttpResponse:
        response = HttpResponse(getattr(published(), form), content_type=content_type)
        # Schema editors in a browser may read it from anywhere: it is the same for everybody.
        response["Access-Control-Allow-Origin"] = "*"
        return response

    def kept(request: HttpRequest) -> HttpResponse:
        response = view(request)
        response["Cache-Control"] = _KEPT_FOR
        return response

    return kept


openapi_json = _served("json", "application/json")
openapi_yaml = _served("yaml", "application/yaml")


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The schema as a page that people can read (Swagger UI)."""
    response = render(request, "petstools/docs.html")
    response["Content-Security-Policy"] = _POLICY
    response["Cache-Control"] = _KEPT_FOR
    return response
