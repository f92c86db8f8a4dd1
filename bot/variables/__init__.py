"""The table of settings: each field is one environment variable.

Its default, its description and an example are here and nowhere else: `.env.example`, `docsbot check` and
every refusal are made from this table.
"""

from __future__ import annotations

from pydantic import ConfigDict

from bot.values import Variable
from bot.variables.fronts import Fronts
from bot.variables.reading import Reading
from bot.variables.running import Running
from bot.variables.serving import Serving


class Table(Serving, Fronts, Running, Reading):
    """What the operator decides. Secrets are masked in `repr` and `str`.

    The fields stand in the order of the bases, the last one first.
    """

    # Without hide_input_in_errors, a refused value would be part of the error's text.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def variables() -> dict[str, Variable]:
    """Field of the table → its variable, in the order of the table."""
    return {
        field: item
        for field, info in Table.model_fields.items()
        for item in info.metadata
        if isinstance(item, Variable)
    }
