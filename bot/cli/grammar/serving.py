"""Commands that serve until they are stopped: run, worker, slack, discord, serve, mcp."""

from __future__ import annotations

from bot.cli.grammar import Grammar


def add_serving(grammar: Grammar) -> None:
    grammar.add(
        "run",
        "run everything that one host needs, until it is stopped",
        examples=["docsbot run", "SLACK_BOT_TOKEN=xoxb-… SLACK_APP_TOKEN=xapp-… docsbot run"],
        more="A Chroma server (unless CHROMA_HOST), Hatchet's engine (unless HATCHET_CLIENT_TOKEN), a\n"
        "worker, each front that has its token, the gateway; what dies is started again.\n",
    )
    grammar.add(
        "worker",
        "work on crawls, on Hatchet, until it is stopped",
        examples=["docsbot worker", "HATCHET_CLIENT_TOKEN=… CHROMA_HOST=chroma docsbot worker"],
        more="It serves DOCS_SOURCES, on the engine of HATCHET_CLIENT_TOKEN, else on an embedded one.\n"
        "SIGTERM lets it finish what it has in hand.\n",
    )
    slack = grammar.add(
        "slack",
        "answer in Slack until it is stopped",
        examples=[
            "docsbot slack",
            "SLACK_BOT_TOKEN=xoxb-… SLACK_APP_TOKEN=xapp-… docsbot slack",
            "SLACK_BOT_TOKEN=xoxb-… SLACK_SIGNING_SECRET=… docsbot slack --http",
        ],
        more="It answers from what is indexed: run `docsbot index`, or workers, beside it.\n",
    )
    slack.add_argument(
        "--http",
        action="store_true",
        help="be called by Slack at DOCSBOT_HOST:DOCSBOT_PORT, also where SLACK_APP_TOKEN is set",
    )
    grammar.add(
        "discord",
        "answer in Discord until it is stopped",
        examples=["docsbot discord", "DISCORD_TOKEN=… docsbot discord"],
        more="It answers from what is indexed: run `docsbot index`, or workers, beside it.\n"
        "`docsbot check discord` prints the address that invites it.\n",
    )
    _add_manifest(grammar)
    _add_serve(grammar)
    grammar.add(
        "mcp",
        "offer the documentation to a coding agent, over stdin and stdout",
        examples=["docsbot mcp", "claude mcp add docs -- docsbot mcp"],
        more="The same tools are at /mcp of `docsbot serve`, for agents elsewhere.\n",
    )


def _add_manifest(grammar: Grammar) -> None:
    manifest = grammar.add(
        "manifest",
        "print the manifest of the Slack app",
        examples=["docsbot manifest > manifest.yml", "docsbot manifest --http https://docs-bot.example.org"],
        more="Paste it at https://api.slack.com/apps: Create New App, From a manifest;\n"
        "or, for an app that is there already: App Manifest.\n",
    )
    form = manifest.add_mutually_exclusive_group()
    form.add_argument("--socket", action="store_true", help="for Socket Mode, as without")
    form.add_argument("--http", metavar="URL", help="for HTTP: the address at which Slack reaches the bot")


def _add_serve(grammar: Grammar) -> None:
    serve = grammar.add(
        "serve",
        "answer over HTTP: API, MCP, GitHub's webhook, metrics",
        examples=["docsbot serve", "docsbot serve --port 9000", "DOCSBOT_ANONYMOUS=on docsbot serve"],
        more="Callers need a key (`docsbot keys add NAME`) unless DOCSBOT_ANONYMOUS is on.\n"
        "SIGTERM or Ctrl-C ends it, with 8 seconds for what is under way.\n",
    )
    serve.add_argument("--host", metavar="ADDRESS", help="listen here (else DOCSBOT_HOST)")
    serve.add_argument("--port", metavar="N", type=int, help="0 for any free port (else DOCSBOT_PORT)")
