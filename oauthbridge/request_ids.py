"""The id that ties one request's log lines, its answer and its calls to the main app together."""

import uuid

import structlog


def current_request_id() -> str:
    """The request's id (bound by `connector.middleware`); a new one at the shell, where there is no request."""
    return str(structlog.contextvars.get_contextvars().get("request_id") or uuid.uuid4().hex)
