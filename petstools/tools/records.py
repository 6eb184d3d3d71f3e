"""What the four kinds of health record have in common as tools: the list, change, deletion, the day that is taken.

What a person may say of each, and what is asked about it, is each kind's own.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, TypeVar

from mainapp.client import Resource, Versioned
from mainapp.errors import NotFound, ValidationFailed
from mainapp.records import Page
from petstools.answers import Clarification, Done, Undo, changed
from petstools.serializers.fields import Said
from petstools.tools import confirmations
from petstools.tools.base import Call
from petstools.tools.presentation import paged
from petstools.tools.writing import delete_once, update_record

R = TypeVar("R", bound=Versioned)
Show = Callable[[R], dict[str, Any]]


def listed(name: str, records: Page[R], page: int, show: Show[R], **beside: object) -> Done:
    """One page of a list of the main app's, under `name`."""
    shown = [show(one) for one in records.items]
    return Done(paged(name, shown, page=page, total=records.total, more=page < records.last_page, **beside))


def updated(
    resource: Resource[R],
    show: Show[R],
    operation: str,
    pet_id: int,
    changes: Mapping[str, Any],
    *,
    as_added: Show[R],
    before: R | None = None,
    **record_id: int,
) -> Done:
    """Change a record; `record_id` and as_added: as in `deleted`, changes and before: as in `update_record`. Raises MainAppError."""
    ((_name, of_record),) = record_id.items()
    record = update_record(
        lambda: resource.read(pet_id, of_record),
        changes,
        send=lambda body, key: resource.update(pet_id, of_record, body, key=key),
        before=before,
    )
    was = changed(as_added(record.before), as_added(record.now), operation, pet_id=pet_id, **record_id, again=True)
    return Done({"data": show(record.now), **was})


def deleted(
    call: Call,
    resource: Resource[R],
    show: Show[R],
    operation: str,
    pet_id: int,
    *,
    as_added: Show[R],
    lost: Callable[[R], str] = lambda record: "",
    confirmation: Said | None = None,
    **record_id: int,
) -> Done | Clarification:
    """Delete a record; `record_id` is its id under the tool's own name (`weight_id=4`). Raises MainAppError.

    as_added: its fields as the adding tool takes them, to bring it back; lost: what of it nobody can bring back, as a sentence: then
    the person is asked first.
    """
    ((id_name, of_record),) = record_id.items()
    ids = {"pet_id": pet_id, id_name: of_record}
    before = read_if_there(lambda: resource.read(pet_id, of_record))
    if before is not None and (loss := lost(before)):
        about = (operation, pet_id, of_record, before.version)
        if not confirmations.confirms(call, confirmation, about):
            return confirmations.question(call, about, loss, show(before))
    record = delete_once(
        call,
        operation,
        ids,
        read=lambda: resource.read(pet_id, of_record),
        send=lambda record, key: resource.delete(pet_id, record, key=key),
        before=before,
    )
    if record is None:
        return Done({"deleted": None, "already_deleted": True})
    fields = {name: value for name, value in as_added(record).items() if value is not None}
    undo = Undo(operation.replace("delete_", "add_"), {"pet_id": pet_id, **fields, "again": True})
    return Done({"deleted": show(record), "already_deleted": False, **undo.as_json()})


def read_if_there(read: Callable[[], R]) -> R | None:
    try:
        return read()
    except NotFound:
        return None


def photos_lost(count: int) -> str:
    """What goes with a record's pictures, said before."""
    photos = "photo goes" if count == 1 else f"{count} photos go"
    return f"Its {photos} with this record, for good; the rest of it could be added again." if count else ""


def of_day(
    resource: Resource[R], pet_id: int, day: date, date_of: Callable[[R], date], **filters: str | None
) -> Iterator[R]:
    """A pet's records of that day. The newest come first (contract §8.2 to §8.4): no page is read beyond the day."""
    for one in every(resource, pet_id, **filters):
        if date_of(one) < day:
            return
        if date_of(one) == day:
            yield one


def every(resource: Resource[R], pet_id: int, **filters: str | None) -> Iterator[R]:
    """All records of a pet, page by page as they are asked for."""
    page = last = 1
    while page <= last:
        records = resource.list(pet_id, page, **filters)
        yield from records.items
        page, last = page + 1, records.last_page


def is_about(error: ValidationFailed, field: str) -> bool:
    """Whether the main app refused this field, by its name there."""
    return any(problem.name == field for problem in error.fields)


def already_exists(message: str, field: str, shown: dict[str, Any]) -> Clarification:
    """The question where the main app keeps one record of a day, or one of a number, and has it: the candidate."""
    return Clarification(reason="already_exists", message=message, missing_fields=[field], candidates=[shown])
