"""Uploaded files lie in temporary files without a name, and one that is too large is not kept at all."""

from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final, cast

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

# A hundred thousand rows are about 5 MB, a photo about as much.
MOST_BYTES: Final = 50_000_000
IN_MEMORY: Final = 1 << 20


class NamelessUploadHandler(FileUploadHandler):
    """Django's own would put a part of the file's name, which may be a person's, on the disk."""

    file: IO[bytes]

    def new_file(self, *arguments: Any, **options: Any) -> None:
        super().new_file(*arguments, **options)
        if too_large_to_upload(self.request):
            raise SkipFile
        self.file = cast("IO[bytes]", SpooledTemporaryFile(max_size=IN_MEMORY))  # noqa: SIM115 - the request closes it

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) > MOST_BYTES:
            raise SkipFile
        self.file.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile:
        self.file.seek(0)
        return UploadedFile(
            file=self.file,
            name=self.file_name,
            content_type=self.content_type,
            size=file_size,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )

    def upload_interrupted(self) -> None:
        if hasattr(self, "file"):
            self.file.close()


def too_large_to_upload(request: HttpRequest | None) -> bool:
    """Whether a request says that it brings more than is read; its files are skipped then."""
    length = str(request.META.get("CONTENT_LENGTH", "")) if request else ""
    return length.isdecimal() and int(length) > MOST_BYTES
