"""The command line that all simulators share."""

import argparse
import signal
import threading
from pathlib import Path
from types import FrameType

from simulators.common.app import Simulator
from simulators.common.server import Server
from simulators.common.state import StateFile


def arguments(name: str, description: str) -> argparse.ArgumentParser:
    """A parser with the options of every simulator, for more to be added."""
    parser = argparse.ArgumentParser(prog=f"python -m {name}", description=description)
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--state", type=Path, help="file that keeps the state over restarts")
    return parser


def run(app: Simulator, options: argparse.Namespace, server: Server | None = None) -> None:
    """Serve until SIGTERM or SIGINT, then save and return.

    Loads the state file first. `server` may be given where the caller had to know the port beforehand.
    """
    file = StateFile(options.state, app) if options.state else None
    if file:
        file.load()
        file.start()
    server = server or Server(app, options.port, options.host)

    def stop(number: int, frame: FrameType | None) -> None:
        # shutdown waits for the loop that this very thread runs
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print(f"listening on {server.url}", flush=True)
    server.serve_forever(poll_interval=0.1)
    server.server_close()
    if file:
        file.stop()
