"""What a full or closed disk says, turned into an error that a person can act on."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from include.finance.errors import EvidenceError


@contextmanager
def explain_disk(folder: Path, free: Callable[[Path], int] | None = None) -> Iterator[None]:
    """Turn what a full or closed disk says into an EvidenceError that names folder, free space and cure."""
    try:
        yield
    except OSError as error:
        space = (free or _free_bytes)(folder)
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise EvidenceError(
                f"Evidence folder {folder} is full: {space:,} bytes free. Make room or point evidence at a larger "
                "disk, then run the night again; nothing was accounted."
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise EvidenceError(
                f"Evidence folder {folder} can't be written ({error.strerror}; {space:,} bytes free). Let the user "
                "that runs the pipelines write there, then run the night again; nothing was accounted."
            ) from error
        if error.errno in (errno.ENOTDIR, errno.EEXIST, errno.EIO):
            raise EvidenceError(
                f"Evidence folder {folder} can't be used ({error.strerror}). Point evidence at a folder on a disk that "
                "works, then run the night again; nothing was accounted."
            ) from error
        raise


def _free_bytes(folder: Path) -> int:
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    return shutil.disk_usage(existing).free
