"""The tool that stores files, in the words by which a model chooses it."""

from petstools.serializers import files as forms
from petstools.tools import attach_files
from petstools.tools.registry import Tool

ATTACH_FILES = Tool(
    name="attach_files",
    run=attach_files.attach_files,
    summary="Put pictures or PDFs from the chat on a pet or record",
    description="Call this when the person wants a file kept: a photo of the pet, a vaccination card, a lab report. First save what it "
    "says (record_many), then attach it. Photos are public by their address: say so once. Tell file by file what was not saved.",
    request=forms.AttachFilesRequest,
    answer=forms.AttachedFilesAnswer,
    path_ids=("pet_id",),
)
