"""A process that claims messages and says which it got.

python -m tests.adapters.store.claimer PLACE OWNER COUNT
"""

from __future__ import annotations

import asyncio
import sys

from bot.adapters.store import open_state
from tests.contracts.state_cases import PAST, key


async def main(place: str, owner: str, count: int) -> None:
    async with open_state(place) as state:
        for number in range(count):
            of = key(str(number))
            won = await state.ledger.claim(
                of, owner=owner, thread="", user="", question="", origin="", lease=PAST
            )
            if won:
                print(number, flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
