"""What the smoke tests' events carry."""

from __future__ import annotations

from pydantic import BaseModel

EVENT = "smoke:echo"
WORKFLOW = "smoke-echo"
WORKER = "smoke"


class Echo(BaseModel):
    word: str


class Echoed(BaseModel):
    word: str
    worker_pid: int
