"""The limits of an answer, each with its reason."""

from __future__ import annotations

ANSWERABLE = 0.5
"""Without a language model: the retrieval's confidence below which the bot abstains. The retriever is
tuned so that one half is the border. A model judges the passages itself, so there only an empty retrieval
abstains."""

QUESTION_CHARACTERS = 8_000
"""A longer question is a paste of a log or a file: it would crowd the sources out of the prompt, and
retrieval finds nothing useful for it."""

SOURCE_TOKENS = 6_000
"""Of documentation that the model is shown: more costs time and money and finds no more facts."""

HISTORY_CHARACTERS = 6_000
"""Of earlier turns in the prompt, about 1,500 tokens: enough to know what "it" means, too little to crowd out
the sources."""

TURN_CHARACTERS = 2_000
"""Of a single earlier turn: its start tells what it was about."""

UNMARKED_CHARACTERS = 600
"""Of a model's answer that are held back while it has named no source. Most answers name one in their first
sentence, so a reader waits for a sentence at most; a short answer that names none never reaches him at all.
Holding everything back would be safer and would make a long answer's stream arrive in one piece."""

REASON_CHARACTERS = 300
"""Of the sentence that says why there is no answer."""

QUOTE_CHARACTERS = 300
"""Of the quotation that stands with a citation: two sentences."""

EXTRACT_CHARACTERS = 1_200
"""Of the passage that is quoted in place of a model's answer: about a screen of a chat."""

EXTRACT_LEAST = 500
"""Of the passage, where it has more: the paragraph with the question's words is seldom the whole answer."""

SECOND_CHARACTERS = 300
"""Left of a quotation that are worth a second passage, which answers nearly as often as the first."""

FENCE_CHARACTERS = 2_400
"""Of a code block that is quoted whole although it is longer than the rest may be: half a program is none."""

NEAREST_PAGES = 3
"""Named when there is no answer, and as sources of a quotation."""

LANGUAGE_CHARACTERS = 40
"""Of a language's name in the settings: no room for orders to the model."""
