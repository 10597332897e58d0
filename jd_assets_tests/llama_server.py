"""llama.cpp's own server over the tiny model: an endpoint that nobody here wrote.

What belongs here: serving it as a process (`python -m jd_assets_tests.llama_server FILE`) and the fixture. What does
not: the model (tiny_gguf).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jd_assets_tests.processes import serving
from jd_assets_tests.tiny_gguf import write_tiny_llama

_CONTEXT = 65_536  # tokens, of all slots together; a token is a character here
_SLOTS = 2


@pytest.fixture(scope="session")
def llama_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base_url of a running llama.cpp server; its only model goes by any name."""
    model = tmp_path_factory.mktemp("llama") / "tiny.gguf"
    write_tiny_llama(model)
    with serving("jd_assets_tests.llama_server", str(model)) as server:
        yield f"{server.address}/v1"


def _serve(model: Path) -> None:
    """Serve until standard input ends."""
    import xllamacpp  # only the server's process loads it

    params = xllamacpp.CommonParams()
    params.model.path = str(model)
    params.n_ctx, params.n_parallel = _CONTEXT, _SLOTS
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1  # more would spin against each other
    params.hostnames, params.port = ["127.0.0.1"], 0
    params.verbosity = 0
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
