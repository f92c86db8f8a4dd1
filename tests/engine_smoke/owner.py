"""A program that starts servers and waits to be killed; prints their process ids and their folders.

python -m tests.engine_smoke.owner ENGINE_BINARY
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from tests.fixtures.chroma import ChromaServer
from tests.fixtures.engine import Engine
from tests.fixtures.postgres import Postgres


def main() -> None:
    postgres, chroma = Postgres(), ChromaServer()
    postgres.start()
    chroma.start()
    engine = Engine(Path(sys.argv[1]), postgres.url())
    engine.start()
    servers = (postgres, chroma, engine)
    places = {
        "pids": [server.pid for server in servers],
        "folders": [str(server.folder) for server in servers],
    }
    print(json.dumps(places), flush=True)
    time.sleep(120)


if __name__ == "__main__":
    main()
