from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.sources.opening import Opener


@pytest.fixture
async def open_github() -> AsyncIterator[Opener]:
    opener = Opener()
    yield opener
    await opener.close()
