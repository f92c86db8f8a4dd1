"""The gateway: several WebSockets, each with a session, and everything that befalls them."""

from __future__ import annotations

import asyncio
import json

from aiohttp import WSMsgType, web

from tests.fakes.discord import bodies, guild
from tests.fakes.discord.connections import Connection
from tests.fakes.discord.intents import GUILD_MEMBERS, GUILDS, Event, refusal
from tests.fakes.discord.names import APPLICATION, GUILD, TOKEN
from tests.fakes.discord.sessions import Session
from tests.fakes.discord.world import World
from tests.fakes.slack.wire import Json, as_object, number_of, parse_object, text_of

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, VOICE, RESUME, RECONNECT = 0, 1, 2, 3, 4, 6, 7
MEMBERS, INVALID, HELLO, ACK = 8, 9, 10, 11
SENDS_A_MINUTE = 120


class Closing(Exception):
    """The gateway ends the connection, with a code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class Sockets:
    """The app's connections and sessions. Everything but reading counts happens on the server's loop."""

    def __init__(self) -> None:
        self.world: World
        self.address = ""
        self.down = False
        """Whether no new connection is taken."""
        self.connections: list[Connection] = []
        self.sessions: dict[str, Session] = {}
        self.identifies = 0
        """Sessions that were ever begun."""
        self.closings: list[tuple[int, str]] = []
        """Codes and reasons with which the gateway itself ended connections for what the app did."""
        self.heartbeat_seconds = 41.25
        self.identify_seconds = 0.0
        """Seconds between two sessions of one app; Discord has 5."""
        self._identified = -1e9

    def emit(self, event: Event) -> None:
        """Tells every session."""
        for session in list(self.sessions.values()):
            session.offer(self.world, event)

    async def accept(self, request: web.Request) -> web.WebSocketResponse:
        """Holds one connection until it ends."""
        if self.down:
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse(timeout=0.2, max_msg_size=1 << 16)
        await socket.prepare(request)
        connection = Connection(socket, request, beat=asyncio.get_running_loop().time())
        self.connections.append(connection)
        writer = asyncio.create_task(self._write(connection))
        watcher = asyncio.create_task(self._watch(connection))
        try:
            await self._serve(connection)
        except Closing as end:
            self.closings.append((end.code, end.reason))
            await socket.close(code=end.code, message=end.reason.encode())
        except ConnectionError:
            pass  # the app has left
        finally:
            writer.cancel()
            watcher.cancel()
            self._forget(connection)
        return socket

    async def invalidate(self, connection: Connection, *, resumable: bool) -> None:
        """INVALID_SESSION; one that cannot be resumed is forgotten."""
        if connection.session is not None and not resumable:
            self.sessions.pop(connection.session.id, None)
            connection.session = None
        await connection.socket.send_json({"op": INVALID, "d": resumable})

    async def reconnect(self, connection: Connection, grace: float) -> None:
        """RECONNECT, and the end of the connection after so many seconds."""
        await connection.socket.send_json({"op": RECONNECT, "d": None})
        await asyncio.sleep(grace)
        await connection.socket.close(code=4000)

    async def close(self, connection: Connection, code: int) -> None:
        await connection.socket.close(code=code)

    async def _write(self, connection: Connection) -> None:
        while True:
            said = await connection.outbox.get()
            try:
                await connection.socket.send_str(json.dumps(said))
            except ConnectionError:
                return  # what was not delivered waits in the session

    async def _watch(self, connection: Connection) -> None:
        """Ends a connection whose app has stopped sending heartbeats."""
        loop = asyncio.get_running_loop()
        while loop.time() - connection.beat < self.heartbeat_seconds * 1.5:
            await asyncio.sleep(self.heartbeat_seconds / 10)
        self.closings.append((4009, "Session timed out."))
        await connection.socket.close(code=4009)

    async def _serve(self, connection: Connection) -> None:
        interval = int(self.heartbeat_seconds * 1000)
        connection.send({"op": HELLO, "d": {"heartbeat_interval": interval, "_trace": []}})
        while True:
            message = await connection.socket.receive()
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                break
            said = parse_object(message.data) if message.type is WSMsgType.TEXT else {}
            if "op" not in said:
                raise Closing(4002, "Error while decoding payload.")
            self._count(connection)
            self._take(connection, number_of(said, "op", -1), said.get("d"))
        # An app that takes leave with 1000 or 1001 ends its session; any other end can be resumed.
        leave = message.type is WSMsgType.CLOSE and message.data in (1000, 1001)
        if leave and connection.session is not None:
            self.sessions.pop(connection.session.id, None)

    def _count(self, connection: Connection) -> None:
        now = asyncio.get_running_loop().time()
        connection.received.append(now)
        while connection.received[0] < now - 60:
            connection.received.popleft()
        if len(connection.received) > SENDS_A_MINUTE:
            raise Closing(4008, "Rate limited.")

    def _take(self, connection: Connection, op: int, data: object) -> None:
        if op == HEARTBEAT:
            self._heartbeat(connection, data)
        elif op == IDENTIFY:
            self._identify(connection, as_object(data))
        elif op == RESUME:
            self._resume(connection, as_object(data))
        elif op in (PRESENCE, VOICE, MEMBERS):
            if connection.session is None:
                raise Closing(4003, "Not authenticated.")
            if op == MEMBERS:
                self._tell_members(connection.session, as_object(data))
        else:
            raise Closing(4001, "Unknown opcode.")

    def _heartbeat(self, connection: Connection, data: object) -> None:
        if data is not None and not isinstance(data, int):
            raise Closing(4002, "Error while decoding payload.")
        connection.heartbeats += 1
        connection.beat = asyncio.get_running_loop().time()
        connection.send({"op": ACK, "d": None})

    def _identify(self, connection: Connection, data: Json) -> None:
        if connection.session is not None:
            raise Closing(4005, "Already authenticated.")
        if text_of(data, "token").removeprefix("Bot ") != TOKEN:
            raise Closing(4004, "Authentication failed.")
        if "intents" not in data or not isinstance(data.get("properties"), dict):
            raise Closing(4002, "Error while decoding payload.")
        refused = refusal(number_of(data, "intents", -1), self.world.granted)
        if refused is not None:
            raise Closing(*refused)
        now = asyncio.get_running_loop().time()
        if now - self._identified < self.identify_seconds:
            connection.send({"op": INVALID, "d": False})
            return
        self._identified = now
        self._begin(connection, number_of(data, "intents", 0))

    def _begin(self, connection: Connection, intents: int) -> None:
        self.identifies += 1
        session = Session(intents=intents, connection=connection)
        connection.session = session
        self.sessions[session.id] = session
        ready: Json = {
            "v": 10,
            "user": bodies.bot_user(self.world),
            "guilds": [{"id": GUILD, "unavailable": True}],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": self.address,
            "shard": [0, 1],
            "application": {"id": APPLICATION, "flags": guild.application(self.world)["flags"]},
            "private_channels": [],
        }
        session.tell("READY", ready)
        if intents & GUILDS:
            whole = guild.guild_event(self.world, everybody=bool(intents & GUILD_MEMBERS))
            session.tell("GUILD_CREATE", whole)

    def _resume(self, connection: Connection, data: Json) -> None:
        if text_of(data, "token").removeprefix("Bot ") != TOKEN:
            raise Closing(4004, "Authentication failed.")
        session = self.sessions.get(text_of(data, "session_id"))
        if session is None:
            connection.send({"op": INVALID, "d": False})
            return
        seen = number_of(data, "seq", -1)
        if not 0 <= seen <= len(session.told):
            self.sessions.pop(session.id)
            raise Closing(4007, "Invalid seq.")
        if session.connection is not None:
            session.connection.session = None
        session.connection, connection.session = connection, session
        for dispatch in session.told[seen:]:
            connection.send(dispatch)
        session.resumed += 1
        session.tell("RESUMED", {"_trace": []})

    def _tell_members(self, session: Session, data: Json) -> None:
        wanted = data.get("user_ids")
        names = [str(each) for each in wanted] if isinstance(wanted, list) else None
        if names is None and not session.intents & GUILD_MEMBERS:
            raise Closing(4014, "Disallowed intent(s).")
        start = text_of(data, "query")
        found = [
            each
            for each in self.world.users.values()
            if (each.id in names if names is not None else each.name.startswith(start))
        ]
        body: Json = {"guild_id": GUILD, "members": [bodies.member(each) for each in found]}
        body |= {"chunk_index": 0, "chunk_count": 1, "not_found": [], "nonce": data.get("nonce")}
        session.tell("GUILD_MEMBERS_CHUNK", body)

    def _forget(self, connection: Connection) -> None:
        if connection in self.connections:
            self.connections.remove(connection)
        if connection.session is not None and connection.session.connection is connection:
            connection.session.connection = None
