"""Starts a simulated endpoint: `python -m jd_assets_tests.simulator --port 0 --script script.json`.

Prints its URL when it is ready. Ends on SIGTERM and SIGINT; with --attached also when its standard input ends, so that
it never outlives the process that started it.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from aiohttp import web

from jd_assets_tests.simulator.script import Script
from jd_assets_tests.simulator.server import Server


async def serve(port: int, script: Script, attached: bool) -> None:
    """Serve until told to end."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    if attached:
        loop.add_reader(sys.stdin.fileno(), ended.set)
    runner = web.AppRunner(Server(script).application(), access_log=None, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port, backlog=1024)
    await site.start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await ended.wait()
    await runner.cleanup()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m jd_assets_tests.simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--script", type=Path, help="a JSON file; see script.py")
    parser.add_argument("--attached", action="store_true", help="end when standard input ends")
    given = parser.parse_args()
    script = Script.model_validate_json(given.script.read_bytes()) if given.script else Script()
    asyncio.run(serve(given.port, script, given.attached))


if __name__ == "__main__":
    main()
