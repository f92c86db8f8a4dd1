"""The embedded engine as a process of its own, for a program that watches over it.

    python -m pipelines.sidecar HANDSHAKE      starts it as the SDK does (a download at first), and holds it
    python -I -S sidecar.py --hold PID         holds it: what the first becomes when the engine is ready

HANDSHAKE is written, as JSON, when the engine is ready: `token`, `tenant_id`, `grpc_address`, `api_url`. The
engine ends with its holder, and the holder with its engine. Settings are HATCHET_CLIENT_EMBEDDED_*.
Holding costs 10 MB; the SDK, which is loaded to start it, 90.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from types import FrameType

_SILENCE = 30.0  # seconds that a download may pause; the SDK itself would wait for ever


def start(file: Path) -> int:
    """Starts the engine, and writes the handshake when it is ready; its process id. The engine lives for as
    long as this process and what it becomes. Raises RuntimeError, OSError, ValueError."""
    from hatchet_sdk.config import EmbeddedHatchetConfig
    from hatchet_sdk.embedded import start_embedded_sidecar

    from pipelines.engine import set_embedded_defaults

    set_embedded_defaults()
    socket.setdefaulttimeout(_SILENCE)
    sidecar = start_embedded_sidecar(EmbeddedHatchetConfig())
    _write(file, sidecar.handshake.model_dump_json())
    if sidecar.process.stdin is not None:  # the pipe by which the engine knows that its owner lives
        os.set_inheritable(sidecar.process.stdin.fileno(), True)
    return sidecar.process.pid


def _write(file: Path, text: str) -> None:
    """Renamed into place, as its reader polls; for this user's eyes only, as it holds a token."""
    part = file.with_suffix(".part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    part.write_text(text, encoding="utf-8")
    part.replace(file)


def hold(engine: int) -> int:
    """Waits for the engine's end, and passes on the wish for it; its exit status."""

    def end(number: int, frame: FrameType | None) -> None:
        with suppress(ProcessLookupError):
            os.kill(engine, signal.SIGTERM)

    signal.signal(signal.SIGTERM, end)
    _, status = os.waitpid(engine, 0)
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def main() -> None:
    if sys.argv[1] == "--hold":
        sys.exit(hold(int(sys.argv[2])))
    try:
        engine = start(Path(sys.argv[1]))
    except (RuntimeError, OSError, ValueError) as error:
        sys.exit(f"cannot be started: {error}")
    holder = [sys.executable, "-I", "-S", __file__, "--hold", str(engine)]
    os.execv(sys.executable, holder)  # noqa: S606 - ourselves


if __name__ == "__main__":
    main()
