"""One host: what is missing is started, watched over, and ended together."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from bot.core.errors import DocsbotError
from bot.supervisor.child import Child, Tell
from bot.supervisor.chroma import beats, chroma_command, chroma_environ
from bot.supervisor.engine import Handshake
from bot.supervisor.keeper import ChildFailed
from bot.supervisor.lock import Holder, write_holder
from bot.supervisor.ports import LOOPBACK, free_port
from bot.supervisor.supervisor import Supervisor
from bot.wiring.own_engine import SERVERS, EngineMissing, OwnEngine
from bot.wiring.plan import Order
from pipelines.engine import CRAWL_WORKFLOW

WORKER, FRONTS = 2, 3
"""Stages, behind those of the servers and the engine."""
_MISUSED = 2
"""Exit status of a command that refuses its settings."""
_WORKER_GRACE = 28.0  # seconds; a worker ends by itself after 25
_LABELS = {"serve": "gateway"}
"""Names of children, where another than the command's says more."""
_ATTEMPTS = 3  # of the first crawl


class RunFailed(DocsbotError):
    """Nothing can be run; `detail` says what to do."""

    retryable = False


@dataclass(kw_only=True)
class Host:
    """The processes of one host. `note` gets what the operator should know, in words."""

    order: Order
    holder: Holder
    tell: Tell
    note: Callable[[str], None]
    lock: int
    """Descriptor that each child holds open until its end."""
    token_life: float = 60 * 86_400.0
    """Seconds after which the engine makes a new token; one lasts for 90 days."""
    _given: dict[str, str] = field(default_factory=dict)
    """What our own commands find in their environment besides: the servers that were started for them."""
    _places: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._supervisor = Supervisor(self.tell, self.note, lock=self.lock)
        self._arrived = asyncio.Event()
        self._given["DOCSBOT_DATA"] = str(self.order.data)
        self._engine = OwnEngine(
            supervisor=self._supervisor,
            environ=self.order.bare_environ,
            data=self.order.data,
            note=self.note,
            arrived=self._meet,
            verbose=self.order.verbose > 0,
        )

    async def run(self) -> None:
        """Runs all until it is cancelled, and then ends all. Raises RunFailed."""
        try:
            engine = await self._start()
            self.note(self._summary())
            await asyncio.gather(self._crawl_first(engine=engine), self._renew_tokens())
        except ChildFailed as error:
            raise RunFailed(f"Not all could be started: {error}.") from error
        finally:
            await self._supervisor.stop()

    async def _start(self) -> bool:
        """Whether there is an engine, here or elsewhere."""
        await self._start_chroma()
        engine = await self._start_engine()
        if engine:
            await self._start_own("worker", WORKER, grace=_WORKER_GRACE, place=self._sources())
        for name in self.order.plan.fronts:
            await self._start_own(name, FRONTS, place=self._place(name))
        return engine

    def kill(self) -> None:
        """Ends all now, also while it is being ended in order."""
        self._supervisor.kill()

    async def _start_chroma(self) -> None:
        settings, folder = self.order.settings, self.order.data / "chroma"
        if not self.order.plan.chroma:
            self._places.append(("chroma", f"{settings.chroma_host}:{settings.chroma_port}, by CHROMA_HOST"))
            return
        port = free_port(self.holder.chroma_port)
        child = Child(
            name="chroma",
            command=chroma_command(folder, port),
            environ=lambda: {**self.order.bare_environ, **chroma_environ()},
            stage=SERVERS,
            grace=5.0,
            quiet=True,
            ready=lambda: beats(port),
        )
        try:
            await self._supervisor.start(child)
        except ChildFailed as error:
            raise RunFailed(f"The index in {folder} cannot be served: {error}.") from error
        write_holder(self.order.data, replace(self.holder, chroma_port=port, serves_chroma=True))
        self._given |= {"CHROMA_HOST": LOOPBACK, "CHROMA_PORT": str(port)}
        self._places.append(("chroma", f"http://{LOOPBACK}:{port}, on {folder}"))

    async def _start_engine(self) -> bool:
        """Whether there is an engine, here or elsewhere."""
        if not self.order.plan.engine:
            self._places.append(("engine", "Hatchet, by HATCHET_CLIENT_TOKEN"))
            return True
        try:
            handshake = await self._engine.start()
        except EngineMissing as error:
            self.note(f"No Hatchet engine can be had here: {error}. Crawls run within the bot instead.")
            return False
        self._note_engine(handshake)
        return True

    def _note_engine(self, handshake: Handshake) -> None:
        if (cluster := self._engine.cluster) is not None:
            self._places.append(("postgres", f"{LOOPBACK}:{cluster.port}, on {cluster.data}"))
        self._places.append(("engine", f"Hatchet at {handshake.grpc_address}, API {handshake.api_url}"))

    async def _start_own(self, name: str, stage: int, *, grace: float = 10.0, place: str = "") -> None:
        child = self._own(_LABELS.get(name, name), name, stage=stage, grace=grace)
        await self._supervisor.start(child)
        self._places.append((child.name, place))

    def _own(self, name: str, *arguments: str, stage: int = FRONTS, grace: float = 10.0) -> Child:
        """One of our own commands."""
        flags = ("-v",) * self.order.verbose
        return Child(
            name=name,
            command=(sys.executable, "-P", "-m", "bot", *flags, *arguments),
            environ=lambda: {**self.order.environ, **self._given},
            stage=stage,
            grace=grace,
            final=frozenset({_MISUSED}),
        )

    def _sources(self) -> str:
        return "crawls " + ", ".join(self.order.settings.sources)

    def _place(self, name: str) -> str:
        settings = self.order.settings
        match name:
            case "serve":
                return f"http://{settings.host}:{settings.port}"
            case "slack":
                return settings.slack_api_url
            case _:
                return settings.discord_api_url

    def _summary(self) -> str:
        wide = max(len(name) for name, _ in [*self._places, *self.order.plan.left])
        lines = [f"  {name:<{wide}}  {place}" for name, place in self._places]
        lines += [f"  {name:<{wide}}  not started: {why}" for name, why in self.order.plan.left]
        return "\n".join(["Running, on " + str(self.order.data) + ". Ctrl-C ends all of it.", *lines])

    async def _crawl_first(self, *, engine: bool) -> None:
        """Asks for a crawl of what was never read to its end, so that a newcomer need not."""
        crawl = self._own("crawl", "reindex" if engine else "index")
        try:
            for _ in range(_ATTEMPTS):
                if await self._is_crawled():
                    return
                self.note("Not all of the documentation is indexed: a crawl begins.")
                await self._until_known()
                await self._supervisor.run_once(crawl)
            if not await self._is_crawled():
                self.note(
                    "Not all of the documentation could be indexed: `docsbot check` looks for the reason."
                )
        except OSError as error:  # no memory, no process left
            self.note(f"The crawl cannot be started: {error.strerror}.")

    async def _is_crawled(self) -> bool:
        """Whether the index holds every source whole."""
        status = self._own("status", "status", "--json")
        code, said = await self._supervisor.run_once(status, captured=True)
        if code:
            return False
        whole = sum(source["crawled_at"] is not None for source in json.loads(said)["sources"])
        return whole >= len(self.order.settings.sources)

    async def _until_known(self) -> None:
        """Waits until the engine knows the crawl: it drops an event before that. Who follows asks again."""
        for _ in range(100):
            handshake = self._engine.handshake
            if handshake is None or await handshake.knows(CRAWL_WORKFLOW):
                return
            await asyncio.sleep(0.3)

    async def _renew_tokens(self) -> None:
        """Gives the clients of its own engine a new token, before the old one ends. Never returns."""
        while True:
            await asyncio.sleep(self.token_life)
            if self._engine.handshake is None:
                continue
            self._arrived.clear()
            await self._supervisor.renew("engine")
            await self._arrived.wait()
            for name in ("worker", *self.order.plan.fronts):
                await self._supervisor.renew(_LABELS.get(name, name))

    def _meet(self, handshake: Handshake) -> None:
        """The engine has been started: what is started from now on uses its new token."""
        self._given |= handshake.environ
        self._arrived.set()
