"""Commands that serve until they are stopped: worker, slack."""

from __future__ import annotations

from bot.cli.grammar import Grammar


def add_serving(grammar: Grammar) -> None:
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
