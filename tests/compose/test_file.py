"""compose.yaml and Dockerfile: what they are held to without an engine."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import jsonschema
import pytest
import yaml

from bot.environment import secret_names
from bot.variables import variables
from tests.compose.reading import ENV, FILE, Service, VariableMissing, interpolate, read_raw, read_services

ROOT = FILE.parent
SCHEMA = json.loads((Path(__file__).parent / "schemas" / "compose-spec.json").read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
SERVICES = read_services()
OURS = {name: service for name, service in SERVICES.items() if service.ours}

LIBRARIES = {
    # Hatchet's client reads these itself (its documentation, "Worker configuration").
    *("HATCHET_CLIENT_HOST_PORT", "HATCHET_CLIENT_SERVER_URL"),
    "HATCHET_CLIENT_WORKER_HEALTHCHECK_ENABLED",
    "HATCHET_CLIENT_WORKER_HEALTHCHECK_PORT",
    "HATCHET_CLIENT_WORKER_HEALTHCHECK_BIND_ADDRESS",
    # OpenTelemetry's exporter.
    "OTEL_EXPORTER_OTLP_HEADERS",
}
IMAGES = {
    "postgres": {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD"},
    # libpq's, and the one that the script reads.
    "postgres-setup": {"PGHOST", "PGUSER", "PGDATABASE", "PGPASSWORD", "DATABASE_PASSWORD"},
    "chroma": set[str](),
    # Hatchet's documentation, "Configuration options".
    "hatchet": {
        *("DATABASE_URL", "DATABASE_MAX_CONNS", "DATABASE_MIN_CONNS", "ADMIN_EMAIL", "ADMIN_PASSWORD"),
        *("SERVER_URL", "SERVER_AUTH_COOKIE_DOMAIN", "SERVER_AUTH_COOKIE_INSECURE"),
        *("SERVER_AUTH_SET_EMAIL_VERIFIED", "SERVER_ALLOW_SIGNUP", "SERVER_MSGQUEUE_KIND"),
        *("SERVER_GRPC_BIND_ADDRESS", "SERVER_GRPC_PORT", "SERVER_GRPC_INSECURE"),
        *("SERVER_GRPC_BROADCAST_ADDRESS", "SERVER_INTERNAL_CLIENT_INTERNAL_GRPC_BROADCAST_ADDRESS"),
    },
}
IMAGES["hatchet-token"] = IMAGES["hatchet"]


def test_it_is_what_the_specification_says() -> None:
    jsonschema.Draft7Validator(SCHEMA).validate(json.loads(json.dumps(read_raw())))


def test_the_schema_refuses_what_is_none() -> None:
    raw = read_raw()
    raw["services"]["chroma"]["port"] = ["8000"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(SCHEMA).validate(json.loads(json.dumps(raw)))


def test_it_is_written_as_yaml_should_be() -> None:
    rules = "{extends: default, rules: {line-length: {max: 110}, document-start: disable}}"
    command = [sys.executable, "-m", "yamllint", "--strict", "-d", rules, str(FILE)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("profiles", [[], ["slack"], ["slack", "discord"]])
def test_docker_compose_reads_it_as_we_do(tmp_path: Path, profiles: list[str]) -> None:
    found = find_spec("compose")
    packaged = Path(found.origin).parent / "docker-compose" if found and found.origin else None
    program = str(packaged) if packaged and packaged.exists() else shutil.which("docker-compose")
    if program is None:
        pytest.skip("no docker-compose here")
    env = {**ENV, "OPENAI_MODEL": "m", "SLACK_BOT_TOKEN": "xoxb-$1", "GATEWAY_PORT": "127.0.0.1:1234"}
    (tmp_path / ".env").write_text("".join(f"{name}='{value}'\n" for name, value in env.items()))
    chosen = [word for profile in profiles for word in ("--profile", profile)]
    where = ["--env-file", str(tmp_path / ".env"), "--file", str(FILE)]
    done = subprocess.run(
        [program, *where, *chosen, "config", "--format", "json", "--no-interpolate=false"],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    theirs = json.loads(done.stdout)["services"]
    ours = read_services(env)
    assert set(theirs) == {name for name in ours if name not in {"slack", "discord"} or name in profiles}
    for name, service in theirs.items():
        said = {key: value for key, value in (service.get("environment") or {}).items() if value is not None}
        # It doubles the $ of what it prints.
        assert {key: value.replace("$$", "$") for key, value in said.items()} == ours[name].environment, name
        assert service["image"] == ours[name].settings["image"]
    assert theirs["gateway"]["ports"][0]["published"] == "1234"


@pytest.mark.parametrize("missing", ENV)
def test_what_must_be_set_is_asked_for(missing: str) -> None:
    with pytest.raises(VariableMissing, match=f"{missing}: set it in .env"):
        read_services({name: value for name, value in ENV.items() if name != missing})


def test_what_the_file_alone_reads_is_explained() -> None:
    read = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", FILE.read_text(encoding="utf-8")))
    own = read - {variable.name for variable in variables().values()}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert own >= {"POSTGRES_PASSWORD", "GATEWAY_PORT"}
    assert [name for name in own if f"`{name}`" not in readme and f"{name}=" not in readme] == []


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("$$x ${A}", "$x 1"),
        ("${A:-2}${B:-2}${B-3}", "123"),
        ("${B:-x${A}y${B:-z}}!", "x1yz!"),
        ("${B}", ""),
        ("$ {A} {A}", "$ {A} {A}"),
    ],
)
def test_variables_are_read_as_compose_reads_them(text: str, read: str) -> None:
    assert interpolate(text, {"A": "1"}) == read


def test_every_image_is_pinned_by_its_version() -> None:
    for name, service in SERVICES.items():
        assert re.search(r":v?\d+\.\d+[\w.-]*$", service.settings["image"]), name
    froms = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert len(set(froms)) == 1
    assert re.search(r":\d+\.\d+\.\d+-slim-\w+$", froms[0])


def test_the_server_of_chroma_is_of_the_client_s_version() -> None:
    from importlib.metadata import version

    assert SERVICES["chroma"].settings["image"].endswith(f":{version('chromadb')}")


def test_the_image_has_the_program_s_version() -> None:
    from importlib.metadata import version

    assert {service.settings["image"] for service in OURS.values()} == {f"docsbot:{version('docsbot')}"}


def test_the_engine_is_of_the_version_that_is_tested() -> None:
    tested = (ROOT / "tests" / "engine" / "go.mod").read_text(encoding="utf-8")
    tag = SERVICES["hatchet"].settings["image"].rpartition(":")[2]
    assert f"github.com/hatchet-dev/hatchet {tag}" in tested


def test_nothing_but_gateway_and_dashboard_is_published() -> None:
    published = {
        name: service.settings["ports"] for name, service in SERVICES.items() if "ports" in service.settings
    }
    assert published == {"gateway": ["8080:8080"], "hatchet": ["127.0.0.1:8888:8888"]}
    assert all("network_mode" not in service.settings for service in SERVICES.values())


def test_databases_have_no_way_out() -> None:
    assert read_raw()["networks"] == {"inside": {"internal": True}}
    for name in ("postgres", "postgres-setup", "chroma"):
        assert SERVICES[name].settings["networks"] == ["inside"]


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_confined(name: str) -> None:
    settings = SERVICES[name].settings
    assert settings["read_only"]
    assert settings["cap_drop"] == ["ALL"]
    assert settings["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "pid", "ipc", "devices"} & set(settings)
    assert set(settings["logging"]["options"]) == {"max-size", "max-file"}
    one_shot = name in {"postgres-setup", "hatchet-token"}
    assert settings["restart"] == ("on-failure" if one_shot else "unless-stopped")


@pytest.mark.parametrize("name", OURS)
def test_ours_write_to_data_and_tmp_only(name: str) -> None:
    settings = OURS[name].settings
    assert settings["init"]
    assert settings["volumes"] == ["docsbot-data:/data", "hatchet-token:/run/hatchet:ro"]
    assert [place.partition(":")[0] for place in settings["tmpfs"]] == ["/tmp"]


def test_every_volume_is_used_and_every_one_that_is_used_is_named() -> None:
    used = {
        volume.partition(":")[0]
        for service in SERVICES.values()
        for volume in service.settings.get("volumes", [])
    }
    assert used == set(read_raw()["volumes"])


@pytest.mark.parametrize("name", SERVICES)
def test_every_variable_means_something(name: str) -> None:
    """To the program, to a library of it, or to the image."""
    known = {variable.name for variable in variables().values()}
    files = {f"{secret}_FILE" for secret in secret_names()}
    said = set(read_raw()["services"][name].get("environment", {}))
    assert said <= (known | files | LIBRARIES if name in OURS else IMAGES[name])


def test_every_setting_reaches_who_needs_it() -> None:
    known = {variable.name: variable.group for variable in variables().values()}
    said = {name: set(read_raw()["services"][name]["environment"]) for name in OURS}
    assert set(known) <= set.union(*said.values())
    # Secrets of one platform are no business of another's process.
    assert not any(
        known.get(variable) == "Discord" for name in OURS if name != "discord" for variable in said[name]
    )
    assert not any(
        known.get(variable) == "Slack" for name in ("worker", "discord") for variable in said[name]
    )
    assert "POSTGRES_PASSWORD" not in set.union(*said.values())
    common = {
        name
        for name, group in known.items()
        if group in {"Documentation", "Language model", "Index", "Hatchet"}
    }
    for name in OURS:
        assert common <= said[name], name


def test_passwords_of_the_databases_differ() -> None:
    for service in OURS.values():
        assert "enginesecret" not in json.dumps(service.settings)
    assert "botsecret" in OURS["worker"].environment["DATABASE_URL"]


def test_who_waits_for_whom() -> None:
    def waits(service: Service) -> Mapping[str, str]:
        return {name: about["condition"] for name, about in service.settings.get("depends_on", {}).items()}

    done, well = "service_completed_successfully", "service_healthy"
    for service in OURS.values():
        assert waits(service) == {"postgres-setup": done, "chroma": well, "hatchet-token": done}
    assert waits(SERVICES["hatchet-token"]) == {"hatchet": well}
    assert waits(SERVICES["hatchet"]) == waits(SERVICES["postgres-setup"]) == {"postgres": well}
    # What is waited for can be told to be well.
    for name in ("postgres", "chroma", "hatchet", "worker", "gateway"):
        assert SERVICES[name].health


def test_a_worker_has_the_time_that_it_takes() -> None:
    from pipelines.worker import GRACE

    assert int(SERVICES["worker"].settings["stop_grace_period"].removesuffix("s")) > GRACE + 5


def last_stage() -> str:
    return DOCKERFILE[DOCKERFILE.rindex("FROM ") :]


def test_the_image_runs_as_nobody_in_particular_and_can_build_nothing() -> None:
    stage = last_stage()
    assert re.search(r"^USER 10001:10001$", stage, re.MULTILINE)
    assert not re.search(r"apt-get|apk |pip |uv |curl|wget|gcc|git ", stage)
    assert 'ENTRYPOINT ["docsbot"]' in stage
    # A secret in a layer is a secret no more.
    assert not re.search(r"^(ARG|ENV) .*(TOKEN|KEY|PASSWORD|SECRET)", DOCKERFILE, re.MULTILINE)


def test_the_context_holds_what_is_copied_and_no_more() -> None:
    allowed = {line[1:].removesuffix("/**") for line in ignored() if line.startswith("!")}
    assert ignored()[0] == "*"
    copied = {
        word
        for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
        for word in line.split()[:-1]
    }
    assert {name.partition("/")[0] for name in copied} == allowed
    assert all((ROOT / name).exists() for name in copied)


def ignored() -> list[str]:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_hadolint_has_nothing_to_say() -> None:
    program = Path(sys.executable).with_name("hadolint")
    found = str(program) if program.exists() else shutil.which("hadolint")
    if found is None:
        pytest.skip("no hadolint here")
    done = subprocess.run(
        [found, str(ROOT / "Dockerfile")], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_uv_is_that_of_the_lock_file() -> None:
    """Another one could read it otherwise."""
    assert re.search(r"pip install --no-cache-dir uv==\d+\.\d+\.\d+$", DOCKERFILE, re.MULTILINE)
    assert "uv sync --locked" in DOCKERFILE
    assert yaml.safe_load(FILE.read_text(encoding="utf-8"))["name"] == "docsbot"
