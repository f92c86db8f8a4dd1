"""An engine of this host's own, with a Postgres of its own where there is one to be had."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.supervisor.child import Child
from bot.supervisor.engine import Handshake, engine_environ, read_handshake
from bot.supervisor.keeper import ChildFailed
from bot.supervisor.ports import exposed_ports, free_port
from bot.supervisor.postgres import Cluster
from bot.supervisor.programs import PostgresFailed, find_programs, home_for, unprivileged
from bot.supervisor.supervisor import Supervisor

SERVERS, ENGINE = 0, 1
"""Stages."""
_PREFIX = "HATCHET_CLIENT_EMBEDDED_"
_PATIENCE = 420.0
"""Seconds until the engine is ready: at first it may have to be downloaded."""
_NOISE = re.compile(
    r" OK   [0-9]{14}_|\bgoose: |cleaning up server config|context canceled"
)  # each migration by name
_EARLY = re.compile("the database system is starting up")  # whoever asks whether it is
_STOP = 25.0  # seconds; it takes 5, and ends by itself after 20
_ROOT = (
    "as root, the engine's own Postgres does not start. Run docsbot as another user, install Postgres 15 or "
    "newer, or set HATCHET_CLIENT_EMBEDDED_DATABASE_URL"
)


class EngineMissing(Exception):
    """No engine can be had here; the text says why."""


@dataclass(slots=True, kw_only=True)
class OwnEngine:
    """Postgres and the engine as children."""

    supervisor: Supervisor
    environ: Mapping[str, str]
    """Of programs that are not ours, and the operator's HATCHET_CLIENT_EMBEDDED_*."""
    data: Path
    note: Callable[[str], None]
    arrived: Callable[[Handshake], None]
    """Called at each start of the engine, as its token is another one then."""
    verbose: bool = False
    cluster: Cluster | None = None
    handshake: Handshake | None = None

    async def start(self) -> Handshake:
        """Returns when the engine can be used. Raises EngineMissing."""
        try:
            self.cluster = await asyncio.to_thread(self._make_cluster)
            if self.cluster is not None:
                await self.supervisor.start(self._postgres(self.cluster))
            await self.supervisor.start(self._engine())
        except (PostgresFailed, ChildFailed) as error:
            await self.supervisor.drop("postgres")
            raise EngineMissing(str(error)) from error
        await self._warn()
        if self.handshake is None:
            raise AssertionError("unreachable: the engine is ready when it has said how to reach it")
        return self.handshake

    def _make_cluster(self) -> Cluster | None:
        """None where the operator names a Postgres, or the engine brings its own. Raises PostgresFailed."""
        if self._set("DATABASE_URL") or self._set("POSTGRES_DATA_DIR"):
            return None
        programs, account = find_programs(), unprivileged()
        if programs is None:
            if account is not None:
                raise PostgresFailed(_ROOT)
            return None
        home = home_for(self.data, account)
        cluster = Cluster(programs=programs, home=home, port=free_port(), account=account)
        cluster.create()
        return cluster

    def _set(self, name: str) -> str:
        return self.environ.get(_PREFIX + name, "")

    def _postgres(self, cluster: Cluster) -> Child:
        return Child(
            name="postgres",
            command=cluster.command(),
            environ=lambda: {**self.environ, "LC_ALL": "C"},
            stage=SERVERS,
            end_signal=signal.SIGINT,  # cuts its connections, and ends in order
            account=cluster.account,
            noise=_EARLY,
            ready=cluster.is_ready,
        )

    def _engine(self) -> Child:
        file = self.data / "engine.handshake"
        grpc, api = free_port(), free_port()
        ours = engine_environ(grpc_port=grpc, api_port=api) | self._database()

        async def prepare() -> None:
            file.unlink(missing_ok=True)
            if self.cluster is not None:
                await self.cluster.release()

        async def ready() -> bool:
            if (handshake := read_handshake(file)) is None:
                return False
            self.handshake = handshake
            self.arrived(handshake)
            return True

        return Child(
            name="engine",
            command=(sys.executable, "-P", "-m", "pipelines.sidecar", str(file)),
            environ=lambda: {**ours, **self.environ},
            stage=ENGINE,
            grace=_STOP,
            noise=None if self.verbose else _NOISE,
            prepare=prepare,
            ready=ready,
            patience=_PATIENCE,
        )

    def _database(self) -> dict[str, str]:
        if self.cluster is not None:
            return {_PREFIX + "DATABASE_URL": self.cluster.url, "PGPASSWORD": self.cluster.password}
        if self._set("DATABASE_URL"):
            return {}
        return {_PREFIX + "POSTGRES_DATA_DIR": str(self.data / "engine")}

    async def _warn(self) -> None:
        """Tells of ports that other machines can reach: the engine has a login that everybody knows."""
        for name in ("postgres", "engine"):
            group = self.supervisor.process_group(name)
            ports = await asyncio.to_thread(exposed_ports, group) if group else ()
            if ports:
                self.note(
                    f"Warning: {name} listens on every interface, at port {', '.join(map(str, ports))}. "
                    "Close it to other machines by a firewall."
                )
