"""How it runs: the engine of the crawls, logs, traces, retention."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel

from bot.values import Address, Count, Cron, LogStyle, Secret, Switch, TlsStrategy, Variable


class Running(BaseModel):
    crawl_cron: Annotated[
        Cron,
        Variable(
            "DOCS_CRAWL_CRON",
            "Hatchet",
            "When the workers look for news in every source, in UTC; without it, only when they are asked",
            "*/15 * * * *",
        ),
    ] = ""
    hatchet_client_token: Annotated[
        Secret,
        Variable("HATCHET_CLIENT_TOKEN", "Hatchet", "Connects to the Hatchet server that issued it", "eyJ…"),
    ] = None
    hatchet_tls_strategy: Annotated[
        TlsStrategy,
        Variable(
            "HATCHET_CLIENT_TLS_STRATEGY",
            "Hatchet",
            "none, tls or mtls; none for a server of your own without certificates",
            "none",
        ),
    ] = "tls"

    retention_days: Annotated[
        Count,
        Variable(
            "DOCSBOT_RETENTION_DAYS",
            "Operating",
            "Days after which questions, answers and votes are removed; 0 keeps them",
            "365",
        ),
    ] = 0
    log: Annotated[
        LogStyle,
        Variable(
            "DOCSBOT_LOG",
            "Operating",
            "text, or json: one object a line, with the id of the question or crawl that it belongs to",
            "json",
        ),
    ] = "text"
    log_questions: Annotated[
        Switch,
        Variable(
            "DOCSBOT_LOG_QUESTIONS", "Operating", "on: questions are logged in words; off: never", "off"
        ),
    ] = False
    otlp_endpoint: Annotated[
        Address,
        Variable(
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "Operating",
            "Where traces are sent, by OTLP over HTTP; without it, nowhere",
            "http://localhost:4318",
        ),
    ] = ""
