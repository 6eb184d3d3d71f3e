"""The tool that stores files, in the words by which a model chooses it."""

from petstools.serializers import files as forms
from petstools.tools import attach_files
from petstools.tools.registry import Hints, Tool

ATTACH_FILES = Tool(
    name="attach_files",
    run=attach_files.attach_files,
    summary="Put pictures or PDFs from the chat on a pet or record",
    description="Call this when the person wants a file kept: a photo of the pet, a vaccination card, a lab report. First save what it "
    "says (record_many), then attach it. Photos are public by their address: say so once. Tell file by file what was not saved.",
    request=forms.AttachFilesRequest,
    answer=forms.AttachedFilesAnswer,
    scopes=("pets:write", "health:write"),
    # It can replace a vaccination's photo, and a photo opens for anybody who knows its address.
    hints=Hints(read_only=False, destructive=True, idempotent=False, open_world=True),
    path_ids=("pet_id",),
)
