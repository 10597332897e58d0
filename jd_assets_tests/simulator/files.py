"""The endpoint /v1/files: what was uploaded and what batches wrote.

What belongs here: keeping, listing, giving out files. What does not: what is in them.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from jd_assets_tests.simulator import replies
from jd_assets_tests.simulator.replies import Reply

_NAME = re.compile(rb'\bname="([^"]*)"')
_FILENAME = re.compile(rb'\bfilename="([^"]*)"')


@dataclass(slots=True)
class File:
    """A file and what is told of it."""

    id: str
    filename: str
    purpose: str
    content: bytes
    created_at: int

    def described(self) -> dict[str, Any]:
        """The file object."""
        return {
            "id": self.id,
            "object": "file",
            "bytes": len(self.content),
            "created_at": self.created_at,
            "filename": self.filename,
            "purpose": self.purpose,
            "status": "processed",
        }


class Files:
    """All files."""

    def __init__(self) -> None:
        self._files: dict[str, File] = {}
        self._made = 0

    def add(self, filename: str, purpose: str, content: bytes) -> File:
        """Keep a file."""
        self._made += 1
        file = File(f"file-{self._made:06d}", filename, purpose, content, int(time.time()))
        self._files[file.id] = file
        return file

    def get(self, file_id: str) -> File | None:
        """The file of that id."""
        return self._files.get(file_id)

    def handle(self, request: web.Request, raw: bytes) -> Reply:
        """Answer a request below /v1/files."""
        file_id, _, rest = request.path.removeprefix("/v1/files").strip("/").partition("/")
        if not file_id:
            if request.method == "POST":
                return self._upload(request.headers.get("content-type", ""), raw)
            purpose = request.query.get("purpose")
            found = [file.described() for file in self._files.values() if purpose in (None, file.purpose)]
            return page(found[::-1], request.query)
        file = self.get(file_id)
        if file is None:
            return replies.not_found(f"File object: {file_id}")
        if request.method == "DELETE":
            del self._files[file_id]
            return Reply(200, {"id": file_id, "object": "file", "deleted": True})
        return Reply(200, file.content if rest == "content" else file.described())

    def _upload(self, content_type: str, raw: bytes) -> Reply:
        boundary = content_type.partition("boundary=")[2].strip('"').encode()
        if not boundary:
            return replies.bad_request("A file comes as multipart/form-data.")
        fields: dict[bytes, bytes] = {}
        filename = b"upload"
        for part in raw.split(b"--" + boundary)[1:-1]:
            head, _, content = part.partition(b"\r\n\r\n")
            named = _NAME.search(head)
            if named is not None:
                fields[named.group(1)] = content.removesuffix(b"\r\n")
            filed = _FILENAME.search(head)
            if filed is not None:
                filename = filed.group(1)
        if b"file" not in fields or b"purpose" not in fields:
            return replies.bad_request("'file' and 'purpose' are required.")
        return Reply(200, self.add(filename.decode(), fields[b"purpose"].decode(), fields[b"file"]).described())


def page(items: Sequence[Mapping[str, Any]], query: Mapping[str, str]) -> Reply:
    """One page of a list, newest first."""
    ids = [item["id"] for item in items]
    start = ids.index(query["after"]) + 1 if query.get("after") in ids else 0
    end = start + int(query.get("limit", 20))
    shown = items[start:end]
    return Reply(
        200,
        {
            "object": "list",
            "data": shown,
            "first_id": shown[0]["id"] if shown else None,
            "last_id": shown[-1]["id"] if shown else None,
            "has_more": end < len(items),
        },
    )
