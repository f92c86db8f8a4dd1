"""Commands that answer: ask, chat, eval."""

from __future__ import annotations

from bot.cli.grammar import CODES, SOURCES, Grammar


def add_asking(grammar: Grammar) -> None:
    _add_ask(grammar)
    _add_chat(grammar)
    evaluate = grammar.add(
        "eval",
        "score retrieval and answers on a file of questions",
        examples=["docsbot eval questions.jsonl", "docsbot eval questions.jsonl --json"],
        more="a line of the file: an object with id, question, kind, gold (pages) and answer_facts.\n",
    )
    evaluate.add_argument("questions", metavar="QUESTIONS.jsonl")
    evaluate.add_argument("--json", action="store_true", help="one JSON object on stdout")


def _add_ask(grammar: Grammar) -> None:
    ask = grammar.add(
        "ask",
        "answer one question, or many from a pipe",
        examples=[
            'docsbot ask "How do I rotate a key?"',
            'docsbot ask "How do I rotate a key?" --json',
            "docsbot ask --jsonl < questions.jsonl > answers.jsonl",
        ],
        more="a line of --jsonl is an object with question, id and, if there are any, the earlier turns:\n"
        '  {"id": "7", "question": "And on Windows?", "thread": [{"role": "user", "text": "…"}]}\n\n' + CODES,
    )
    ask.add_argument("question", metavar="QUESTION", nargs="*", help="several words are one question")
    form = ask.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON object on stdout")
    form.add_argument("--jsonl", action="store_true", help="an object a line on stdin, one a line on stdout")


def _add_chat(grammar: Grammar) -> None:
    chat = grammar.add(
        "chat",
        "index what is new, then hold a conversation",
        examples=["docsbot chat", "docsbot chat ./docs", "docsbot chat < questions.txt"],
        more=SOURCES + "\n/help lists what can be typed besides questions; Ctrl-D leaves.\n",
    )
    chat.add_argument("sources", metavar="SOURCE", nargs="*")
    chat.add_argument("--rebuild", action="store_true", help="drop the whole index first")
