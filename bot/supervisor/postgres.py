"""A Postgres of our own for the embedded engine: on loopback, below the data folder, with a password.

The engine's bundled one refuses to run as root, and takes no hints about a predecessor that was killed. So
where Postgres is installed, it is used: as an unprivileged account where this process is root.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bot.supervisor.ports import LOOPBACK
from bot.supervisor.programs import PostgresFailed, Programs, others_enter

USER = "postgres"
_CREATE_SECONDS = 120
_SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "timezone": "UTC",  # the engine insists
    "shared_buffers": "32MB",
    "max_connections": "60",
    "jit": "off",
    "log_min_messages": "fatal",  # errors are told by those who make them
}
# What belongs to the engine or its kin is owned by a partition and by leases, which it renews. One that was
# killed still owns them for up to a minute, in which its successor schedules nothing at all.
_RELEASE = (
    'UPDATE "ControllerPartition" SET "lastHeartbeat" = \'epoch\'',
    'UPDATE "SchedulerPartition" SET "lastHeartbeat" = \'epoch\'',
    'UPDATE "TenantWorkerPartition" SET "lastHeartbeat" = \'epoch\'',
    'DELETE FROM "Lease"',
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """One cluster; nothing is made or started yet."""

    programs: Programs
    home: Path
    """Its folder: the data, and the password, which this process alone can read."""
    port: int
    account: tuple[int, int] | None = None
    """User and group id that Postgres runs as; None for this process's own."""

    @property
    def data(self) -> Path:
        # An update of Postgres begins anew: what the engine holds is work under way, and no record.
        return self.home / f"postgres-{self.programs.major}"

    @property
    def url(self) -> str:
        """The address for a client, without the password: that is in `PGPASSWORD`."""
        return f"postgresql://{USER}@{LOOPBACK}:{self.port}/postgres?sslmode=disable"

    @property
    def password(self) -> str:
        return self._secret.read_text(encoding="ascii")

    @property
    def _secret(self) -> Path:
        return self.home / f"password-{self.programs.major}"

    def command(self) -> tuple[str, ...]:
        settings = {**_SETTINGS, "port": str(self.port)}
        options = [f"-c{name}={value}" for name, value in settings.items()]
        return (str(self._programs() / "postgres"), "-D", str(self.data), *options)

    def create(self) -> None:
        """Makes the cluster where there is none (1 to 5 s). Raises PostgresFailed."""
        try:
            self.home.mkdir(parents=True, exist_ok=True, mode=0o711)
            if (self.data / "PG_VERSION").exists():
                return
            self.copy_programs()
            self._make()
        except OSError as error:
            raise PostgresFailed(f"{error.filename or self.home}: {error.strerror or error}") from error

    def _make(self) -> None:
        fresh = self.home / "postgres-new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        file = self._secret
        file.unlink(missing_ok=True)
        file.touch(mode=0o600)
        file.write_text(secrets.token_hex(16), encoding="ascii")
        for place in (fresh, file):
            self._give(place)
        how = ("--auth=scram-sha-256", f"--username={USER}", "--encoding=UTF8", "--locale=C")
        self._run("initdb", "-D", str(fresh), f"--pwfile={file}", *how)
        if self.account is not None:
            os.chown(file, os.geteuid(), os.getegid())
        fresh.rename(self.data)

    def _give(self, place: Path) -> None:
        if self.account is not None:
            os.chown(place, *self.account)

    def _run(self, program: str, *arguments: str) -> None:
        user, group = self.account or (None, None)
        try:
            done = subprocess.run(  # noqa: S603 - the program and its arguments are ours
                [str(self._programs() / program), *arguments],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                cwd=self.home,
                env={"PATH": os.defpath, "LC_ALL": "C"},
                user=user,
                group=group,
                extra_groups=None if user is None else [],
                timeout=_CREATE_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise PostgresFailed(f"{program} took over {_CREATE_SECONDS} s") from error
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no word"])[-1]
            raise PostgresFailed(f"{program}: {last}")

    def _programs(self) -> Path:
        """The folder of the programs: of a copy where the account may not enter the original."""
        original = self.programs.folder
        if self.account is None or others_enter(original):
            return original
        return self._copy / original.relative_to(original.parents[2])

    @property
    def _copy(self) -> Path:
        return self.home / f"programs-{self.programs.major}"

    def copy_programs(self) -> None:
        """The wheel may be below a home folder that is closed to others; it is 44 MB, with its libraries in a
        folder beside it."""
        if self._copy.exists() or not self._programs().is_relative_to(self._copy):
            return
        fresh = self.home / "programs-new"
        shutil.rmtree(fresh, ignore_errors=True)
        package = self.programs.folder.parents[1]
        shutil.copytree(package, fresh / package.name)
        libraries = package.with_name(package.name + ".libs")
        if libraries.exists():
            shutil.copytree(libraries, fresh / libraries.name)
        fresh.rename(self._copy)

    async def is_ready(self) -> bool:
        return await asyncio.to_thread(self._execute)

    async def release(self) -> None:
        """Ends what a killed engine still owns, so that the next one works at once.

        Only where no engine lives: two would then do the same work.
        """
        await asyncio.to_thread(self._execute, *_RELEASE)

    def _execute(self, *statements: str) -> bool:
        """Runs each statement by itself; whether there was a connection. A fresh database has no tables yet,
        and another engine may have others."""
        import psycopg

        try:
            with psycopg.connect(
                self.url, password=self.password, autocommit=True, connect_timeout=5
            ) as connection:
                for statement in statements:
                    try:
                        connection.execute(statement.encode())
                    except psycopg.errors.UndefinedTable:
                        continue
        except (psycopg.Error, OSError):
            return False
        return True
