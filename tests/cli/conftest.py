from pathlib import Path

import pytest

from tests.cli.calls import Caller


@pytest.fixture
def call(tmp_path: Path) -> Caller:
    return Caller(tmp_path)
