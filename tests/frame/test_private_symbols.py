"""Every name of a library that its authors promise nothing about and the product leans on: an upgrade that moves one fails here,
with a sentence, before it fails in front of a person."""

import ast
import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.contrib.admin import AdminSite
from django.contrib.sessions.backends.base import SessionBase
from django.core.management.base import OutputWrapper
from django.db import connection
from django.db.models import QuerySet
from gunicorn.workers.gthread import ThreadWorker
from oauth2_provider.cimd import SafeMetadataFetcher
from oauth2_provider.oauth2_validators import OAuth2Validator
from prometheus_client import values
from rest_framework.fields import CharField

from oauthbridge.models import Application, User

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = ("connector", "chat", "petstools", "oauthbridge", "mainapp")
# One underscore; those with one behind as well are Python's own (enum).
PRIVATE = re.compile(r"_[^_].*(?<!_)")
# Documented in spite of their look: Django's Model._meta API and Managers, Python's namedtuple.
DOCUMENTED = {"_meta", "_default_manager", "_asdict"}

# By their name: what has it, and what of ours would break.
UNDERSCORED: dict[str, tuple[Callable[[], Any], str]] = {
    "_authenticate_request_body": (lambda: OAuth2Validator, "a client's secret in the body (BridgeValidator)"),
    "_load_application": (lambda: OAuth2Validator, "looking a client up (BridgeValidator)"),
    "_check_secret": (lambda: OAuth2Validator, "refusing an empty secret (BridgeValidator)"),
    "_create_authorization_code": (lambda: OAuth2Validator, "a code with its connection (BridgeValidator)"),
    "_set_token_value": (lambda: OAuth2Validator, "storing digests of tokens only (BridgeValidator)"),
    "_read_document": (lambda: SafeMetadataFetcher, "reading documents about clients (oauthbridge.cimd)"),
    "_get_or_create_session_key": (lambda: SessionBase, "staff sessions under a digest (staff_sessions)"),
    "_get_new_session_key": (lambda: SessionBase, "staff sessions while Redis is away (staff_sessions)"),
    "_registry": (AdminSite, "the staff site's links (staff_site)"),
    "_db": (lambda: User.objects, "UserManager.create_user"),
    "_out": (lambda: OutputWrapper(sys.stdout), "tables of `manage.py actions_schema`"),
    "_raw_delete": (lambda: QuerySet, "removing sample rows"),
    "_multiprocess": (lambda: values.ValueClass, "metrics over all processes (connector.metrics)"),
    "_kwargs": (CharField, "merged serializer fields (petstools.serializers.merging)"),
    "_srcfile": (lambda: importlib.import_module("logging"), "log lines without a look at the stack (connector.logs)"),
}
# Without an underscore, and yet nobody's promise. `module:Class.attribute`.
UNDOCUMENTED = {
    "django.db.models.base:ModelState": "rows of compiled queries become objects (oauthbridge.compiled_queries)",
    "oauth2_provider.cimd:refresh_if_stale": "django-oauth-toolkit 4.0 moves this module (oauthbridge.validator, oauthbridge.cimd)",
    "oauth2_provider.cimd:CIMDError": "django-oauth-toolkit 4.0 moves this module (oauthbridge.cimd)",
    "oauth2_provider.http:OAuth2ResponseRedirect": "redirects of sign-ins (oauthbridge.views)",
    "oauth2_provider.views.metadata:OAuthServerMetadataView": "the published metadata (oauthbridge.metadata)",
    "oauth2_provider.views.metadata:OAuthProtectedResourceMetadataView": "the published metadata (oauthbridge.metadata)",
    "oauth2_provider.models:AbstractApplication.is_usable": "disabled clients are unknown (oauthbridge.models)",
    "oauthlib.oauth2.rfc6749.grant_types.authorization_code:code_challenge_method_s256": "PKCE (oauthbridge.validator)",
    "gunicorn.workers.gthread:ThreadWorker": "the worker (connector.serving)",
    "gunicorn.workers.gthread:ThreadWorker.murder_keepalived": "slow connections are closed (connector.serving)",
    "gunicorn.workers.gthread:ThreadWorker.wait_for_and_dispatch_events": "clients are watched (connector.serving)",
    "gunicorn.workers.gthread:ThreadWorker.set_accept_enabled": "a stopping process serves whom it accepted (connector.serving)",
    "gunicorn.workers.gthread:ThreadWorker.handle": "a client's connection in place of its TConn (connector.serving)",
    "gunicorn.workers.gthread:ThreadWorker.accept": "clients are accepted until nobody waits (connector.serving)",
    "gunicorn.workers.gthread:ThreadWorker.handle_request": "answers are counted, and connections closed (connector.serving)",
    "gunicorn.workers.gthread:STOP_KEEPALIVE_LINGER": "how long a stopping process keeps quiet clients (connector.serving)",
    "gunicorn.http:get_parser": "what a client sent is read by gunicorn (connector.serving)",
    "gunicorn.http.errors:NoMoreData": "a client that has gone (connector.serving)",
    "oauth2_provider.views.mixins:OAuthLibMixin.create_token_response": "the token endpoint (oauthbridge.endpoints)",
    "django.db.models.sql.compiler:SQLCompiler.get_converters": "CompiledQuery (oauthbridge.compiled_queries)",
    "django.db.backends.base.base:BaseDatabaseWrapper.wrap_database_errors": "CompiledQuery (oauthbridge.compiled_queries)",
    "django.db.backends.base.base:BaseDatabaseWrapper.make_debug_cursor": "CompiledQuery (oauthbridge.compiled_queries)",
}  # fmt: skip


def modules() -> list[ModuleType]:
    names = [
        each.name
        for room in ROOMS
        for each in pkgutil.walk_packages(importlib.import_module(room).__path__, f"{room}.")
        if ".migrations" not in each.name
    ]
    found = [importlib.import_module(name) for name in names]
    assert len(found) > 60, "the rooms were not found"
    return found


def underscored_of_others() -> dict[str, str]:
    """Names with one underscore that the product uses and does not define, or defines over a library's: name → where."""
    used: dict[str, str] = {}
    own: set[str] = set()
    overridden: dict[str, str] = {}
    for module in modules():
        assert module.__file__ is not None
        for node in ast.walk(ast.parse(Path(module.__file__).read_text())):
            if isinstance(node, ast.Attribute) and PRIVATE.fullmatch(node.attr):
                used.setdefault(node.attr, module.__name__)
                on_self = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
                own |= {node.attr} if isinstance(node.ctx, ast.Store) and on_self else set()
            elif isinstance(node, ast.FunctionDef | ast.ClassDef):
                own.add(node.name)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                own.add(node.id)
            elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] not in ROOMS:
                used |= {one.name: module.__name__ for one in node.names if one.name.startswith("_")}
        for name, each in inspect.getmembers(module, inspect.isclass):
            if each.__module__ == module.__name__:
                overridden |= dict.fromkeys(overriding(each), f"{module.__name__}.{name}")
    return {name: place for name, place in used.items() if name not in own} | overridden


def overriding(ours: type) -> set[str]:
    """Functions of a class of ours that stand in the place of a library's private ones."""
    private = {name for name, one in vars(ours).items() if inspect.isfunction(one) and PRIVATE.fullmatch(name)}
    foreign = [base for base in ours.__mro__[1:] if base.__module__.split(".")[0] not in ROOMS]
    return {name for name in private if any(name in vars(base) for base in foreign)}


def test_the_list_is_whole_and_has_nothing_that_is_not_used() -> None:
    used = {name: place for name, place in underscored_of_others().items() if name not in DOCUMENTED}

    unlisted = {name: place for name, place in used.items() if name not in UNDERSCORED}
    assert not unlisted, f"private names of libraries are used but not listed in UNDERSCORED above: {unlisted}"
    unused = set(UNDERSCORED) - set(used)
    assert not unused, f"listed in UNDERSCORED, and no longer used: {unused}"


@pytest.mark.parametrize("name", UNDERSCORED)
def test_what_is_private_is_there(name: str) -> None:
    has, what = UNDERSCORED[name]

    assert hasattr(has(), name), f"the installed version of {has()!r} has no {name} any more, which this needs: {what}"


@pytest.mark.parametrize("path", UNDOCUMENTED)
def test_what_is_undocumented_is_there(path: str) -> None:
    module, _colon, names = path.partition(":")
    found: Any = importlib.import_module(module)
    for name in names.split("."):
        assert hasattr(found, name), (
            f"the installed version has no {path} any more, which this needs: {UNDOCUMENTED[path]}"
        )
        found = getattr(found, name)


def test_gunicorns_worker_keeps_what_ours_uses_under_these_names() -> None:
    assert {"nr_conns", "poller", "tpool"} <= set(ThreadWorker.__init__.__code__.co_names)


def test_what_a_compiler_says_of_a_query_reads_as_compiled_queries_reads_it() -> None:
    compiler: Any = Application.objects.select_related("user").order_by("id").query.get_compiler("default")
    compiler.as_sql()

    assert {"model", "select_fields", "related_klass_infos"} <= compiler.klass_info.keys()
    assert "local_setter" in compiler.klass_info["related_klass_infos"][0]
    assert compiler.select[0][0].target.attname == "id"
    assert hasattr(connection, "queries_logged")
    assert hasattr(connection, "health_check_done")
