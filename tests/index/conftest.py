"""What the tests of the index share."""

from __future__ import annotations

import pytest
from platformdirs import user_cache_path

from pipelines.index.embed import LocalEmbedder


@pytest.fixture(scope="session")
def local_embedder() -> LocalEmbedder:
    """The program's own embedding model, built once on a machine and kept where the program keeps it."""
    return LocalEmbedder(user_cache_path("docsbot"))
