"""Structured logging: JSON lines in production, readable lines in development, nothing secret in either.

A record carries what the caller named and the request id. Values under names that could hold a secret, and
texts shaped like a token of ours, of the main app's or an e-mail address, are replaced before a line is written.
"""

import functools
import logging
import re
from collections.abc import Mapping
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

REDACTED = "[redacted]"
_SECRET_NAMES = re.compile(
    r"token|secret|password|authorization|cookie|api_?key|^code$|_code$|e_?mail|^body$|query|^state$|verifier|session_sig",
    re.IGNORECASE,
)
# Names that look secret to the pattern above and are not: a status word, never a credential.
_PLAIN_NAMES = frozenset({"error_code", "status_code", "exit_code"})
# No part of it reads a run of letters again from each of them: strangers choose what stands in a line (CWE-1333).
_SECRET_TEXTS = re.compile(
    r"meo_(?:at|rt|cs)_[\w-]+"  # our own tokens and client secrets
    r"|\b\d+\|[A-Za-z0-9]{20,}"  # a Sanctum token
    r"|(?:Bearer|Basic)\s+[\w.~+/=|-]+"
    r"|(?<=[?&])(?:code|state|session_id|session_sig|code_verifier|code_challenge|client_secret|token)=[^&\s\"']+"
    r"|[\w.+-]{1,64}@[\w-]++\.[\w.-]+"  # an e-mail address (RFC 5321 §4.5.3.1)
    r"|(?:(?<![\w-])eyJ[\w-]{8,}+|eyJ[\w-]{8,500}+)\.[\w-]++\.[\w-]+"  # a JWT, however long its header; and behind a letter
    r"|(?<=/bot)\w+:[\w-]+"  # a Zalo bot's, which is part of its addresses
)
# What each of these cannot do without. Finding none of it takes a sixth of the time, and most texts have none.
_PARTS_OF_SECRETS = re.compile(r"meo_|\||Bearer|Basic|\?|&|@|eyJ|/bot")


# gunicorn quotes what it could not read as a request: after a body longer than its Content-Length, the rest of that body.
_QUOTED_BY_GUNICORN = re.compile(r"(Invalid request from ip=[^ ]+: [^:'\"]*).*", re.DOTALL)

_LONGEST_OF_STRANGERS = 300


def redact_text(text: str) -> str:
    return _SECRET_TEXTS.sub(REDACTED, text) if _PARTS_OF_SECRETS.search(text) else text


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """structlog processor: no value under a secret name, at any depth, and no secret-shaped text."""
    for name, value in event.items():
        if not name.startswith("_"):
            event[name] = _redacted(name, value)
    return event


@functools.lru_cache(maxsize=512)
def _is_secret(name: str) -> bool:
    return name not in _PLAIN_NAMES and _SECRET_NAMES.search(name) is not None


def _redacted(name: str, value: Any) -> Any:
    if _is_secret(name):
        return REDACTED
    if isinstance(value, str):
        return redact_text(value)
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, Mapping):
        return {str(key): _redacted(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_redacted("", inner) for inner in value]
    return redact_text(str(value))


def _short_for_strangers(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """structlog processor: what Django or gunicorn refuses (a made-up Host, half a request) in one short line, unquoted. Anybody can
    send it, as often as they like, and a stack trace tells nothing."""
    if str(event.get("logger", "")).startswith("django.security"):
        event.pop("exc_info", None)
        event["event"] = str(event.get("event", ""))[:_LONGEST_OF_STRANGERS]
    if event.get("logger") == "gunicorn.error":
        event["event"] = _QUOTED_BY_GUNICORN.sub(r"\1", str(event.get("event", "")))
    return event


def _shared_processors() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _short_for_strangers,
        structlog.processors.format_exc_info,
        redact,
    ]


def logging_config(level: str, *, json_lines: bool) -> dict[str, Any]:
    """Django's LOGGING value; also sets structlog up, so that both kinds of logger end in the same lines."""
    # No line tells the file, thread or process that wrote it: logging need not find them out (Logging HOWTO, "Optimization").
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *_shared_processors(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if json_lines
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    quiet = {"handlers": ["console"], "level": "WARNING", "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _shared_processors(),
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # These write requests, codes and tokens at DEBUG: never below WARNING, whatever LOG_LEVEL says.
            "oauthlib": quiet,
            "oauth2_provider": quiet,
            "httpx": quiet,
            "httpcore": quiet,
            "urllib3": quiet,
            "PIL": quiet,
            "django.db.backends": quiet,
            # Whatever LOG_LEVEL says (oauthbridge.security_events).
            "security": {"level": "INFO"},
            # One access line of our own tells what these would, without the query string.
            "django.request": {"handlers": ["console"], "level": "ERROR", "propagate": False},
            "django.server": quiet,
        },
    }


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger
