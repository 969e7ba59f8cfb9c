"""`python -m devcluster.processnode`: one node agent.

SIGTERM ends the pods' processes with it; after a crash they go on and the next agent adopts them.
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import logging
import signal
import sys
from pathlib import Path
from urllib.parse import urlsplit

from .api import Api
from .credentials import Credentials
from .host import Host
from .images import DEFAULT_FILE, load_images
from .lifecycle import kill_all
from .node import Node, capacity


async def serve(options: argparse.Namespace) -> None:
    """Be a node until SIGTERM or SIGINT."""
    credentials = Credentials(options.kubeconfig)
    pods = options.state.resolve() / "pods"
    server = urlsplit(credentials.server)
    host = Host(
        api=Api(credentials.server, credentials.client_context()),
        name=options.name,
        images=load_images(options.images),
        pods=pods,
        service=(str(server.hostname), str(server.port)),
        bwrap=options.bwrap,
    )
    node = Node(host, capacity(options.gpus))
    task = asyncio.create_task(node.run(credentials.server_context()))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        for folder in pods.iterdir():
            kill_all(folder)
    finally:
        await host.api.close()


def main() -> int:
    """Run the agent; two agents on one folder would disagree, so the second one is refused."""
    parser = argparse.ArgumentParser(prog="devcluster.processnode", description=__doc__)
    parser.add_argument("--kubeconfig", type=Path, required=True)
    parser.add_argument("--state", type=Path, required=True, help="kept between runs of the agent")
    parser.add_argument("--images", type=Path, default=DEFAULT_FILE, help="image -> program, YAML")
    parser.add_argument("--bwrap", default="bwrap", help="the bubblewrap program")
    parser.add_argument("--name", default="process-node", help="name of the Node")
    parser.add_argument("--gpus", type=int, default=0, help="nvidia.com/gpu to offer")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    (options.state / "pods").mkdir(parents=True, exist_ok=True)
    with (options.state / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"another agent uses {options.state}; end it first", file=sys.stderr)
            return 1
        asyncio.run(serve(options))
    return 0


if __name__ == "__main__":
    sys.exit(main())
