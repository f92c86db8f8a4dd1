#!/usr/bin/env python3
"""Behaves towards its owner as the engine's program does: the handshake, the end by closed standard input.

For the ways that the real one goes too seldom: a port on every interface, a start that fails.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import sys
import uuid
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("handshake-file", "database-url", "grpc-port", "api-port", "log-level"):
        parser.add_argument(f"-{name}")
    options = parser.parse_args()
    if options.database_url == "postgresql://broken":
        sys.exit("The database is broken.")
    grpc = socket.create_server(("127.0.0.1", int(options.grpc_port)))
    api = socket.create_server(("0.0.0.0", int(options.api_port)))
    sys.stderr.write(f"pid {os.getpid()}\n")
    sys.stderr.flush()
    file = Path(options.handshake_file)
    part = file.with_suffix(".part")
    part.write_text(
        json.dumps(
            {
                "token": uuid.uuid4().hex,
                "tenant_id": "tenant",
                "grpc_address": f"127.0.0.1:{options.grpc_port}",
                "api_url": f"http://127.0.0.1:{options.api_port}",
            }
        )
    )
    part.rename(file)
    sys.stdin.read()
    grpc.close()
    api.close()


if __name__ == "__main__":
    main()
