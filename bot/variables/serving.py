"""The gateway."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel

from bot.values import Address, Count, HostName, Names, Port, Secret, Switch, Variable


class Serving(BaseModel):
    host: Annotated[
        HostName,
        Variable(
            "DOCSBOT_HOST",
            "Gateway",
            "The address that the gateway listens on; 0.0.0.0 for all",
            "0.0.0.0",  # noqa: S104, an example
        ),
    ] = "127.0.0.1"
    port: Annotated[
        Port,
        Variable("DOCSBOT_PORT", "Gateway", "The port of the gateway", "8080"),
    ] = 8080
    public_url: Annotated[
        Address,
        Variable(
            "DOCSBOT_URL",
            "Gateway",
            "The address at which others reach the gateway, for links",
            "https://docs-bot.example.org",
        ),
    ] = ""
    anonymous: Annotated[
        Switch,
        Variable(
            "DOCSBOT_ANONYMOUS", "Gateway", "on: anybody may ask over the web; off: only with a key", "on"
        ),
    ] = False
    address_limit: Annotated[
        Count,
        Variable(
            "DOCSBOT_ADDRESS_LIMIT",
            "Gateway",
            "Questions a minute from one address without a key; 0 for no limit",
            "10",
        ),
    ] = 10
    cors: Annotated[
        Names,
        Variable(
            "DOCSBOT_CORS", "Gateway", "Web origins whose pages may call the API", "https://docs.example.org"
        ),
    ] = ()
    proxies: Annotated[
        Names,
        Variable(
            "DOCSBOT_PROXIES",
            "Gateway",
            "Addresses of the proxies before the gateway, whose word on a client's address is believed",
            "10.0.0.2",
        ),
    ] = ()
    github_webhook_secret: Annotated[
        Secret,
        Variable(
            "GITHUB_WEBHOOK_SECRET",
            "Gateway",
            "Proves that a push is told by GitHub; without it, /webhooks/github is closed",
            "a-long-random-word",
        ),
    ] = None
