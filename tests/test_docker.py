"""The Dockerfiles and the compose file: checked, and those of their steps run that need no engine."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import clean_environment
from tests.serving import PATIENCE, Server, short_folder, until

ROOT = Path(__file__).parent.parent
DOCKER = ROOT / "docker"
FILES = sorted(DOCKER.glob("*.Dockerfile"))
COMPOSE = yaml.safe_load((DOCKER / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
URL = "ipc:///run/flopscope/server.sock"


def instructions(file: Path) -> list[tuple[str, str]]:
    """What a Dockerfile says, one instruction after the other."""
    lines = [line for line in file.read_text().splitlines() if not line.startswith("#")]
    text = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in text.splitlines() if line]


def last(file: Path, name: str) -> str:
    return [rest for instruction, rest in instructions(file) if instruction == name][-1]


def test_there_is_an_image_for_each_side() -> None:
    assert [file.name for file in FILES] == ["client.Dockerfile", "server.Dockerfile", "submission.Dockerfile"]  # fmt: skip


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_hadolint_finds_nothing(file: Path) -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([hadolint, file], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_path_that_is_copied_exists(file: Path) -> None:
    built = set()
    for instruction, rest in instructions(file):
        if instruction == "FROM":
            assert ":" in rest.split()[0]  # a version
            built |= {rest.split(" AS ")[1]} if " AS " in rest else set()
        if instruction == "COPY":
            source = re.match(r"--from=(\S+)", rest)
            assert source[1] in built if source else (ROOT / rest.split()[0]).exists()
        assert instruction != "ADD"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_image_runs_as_root_or_through_a_shell(file: Path) -> None:
    assert last(file, "USER") == "10001:10001"
    assert isinstance(json.loads(last(file, "ENTRYPOINT")), list)


def test_what_a_build_does_not_need_is_not_sent_to_it() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert {".git", ".venv*", "build", "dist"} <= set(ignored)


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_has_no_network_no_privileges_and_limits(name: str) -> None:
    service = SERVICES[name]
    assert service["network_mode"] == "none"
    assert service["read_only"] is True
    assert service["user"] == "10001:10001"
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"pids_limit", "mem_limit", "cpus"} <= set(service)
    assert not {"privileged", "devices", "cap_add", "ports", "pid"} & set(service)
    assert all("size=" in each for each in service["tmpfs"])


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_is_built_from_what_is_here(name: str) -> None:
    build = SERVICES[name]["build"]
    context = (DOCKER / build["context"]).resolve()
    assert context == ROOT
    assert (context / build["dockerfile"]).exists()
    for volume in SERVICES[name]["volumes"]:
        source = re.sub(r"\$\{\w+:-(.*?)\}", r"\1", volume).split(":")[0]
        assert source in COMPOSE["volumes"] or source.startswith(".")
    for other in SERVICES[name].get("depends_on", {}):
        assert "healthcheck" in SERVICES[other]


def test_the_submission_sees_the_socket_and_itself_and_changes_neither() -> None:
    volumes = SERVICES["submission"]["volumes"]
    assert [each.split(":")[-1] for each in volumes] == ["ro", "ro"]
    assert [each.split(":")[-2] for each in volumes] == [
        "/run/flopscope",
        "/submission/submission.py",
    ]
    entry = json.loads(last(DOCKER / "submission.Dockerfile", "ENTRYPOINT"))
    assert entry[-1] == "/submission/submission.py"


def test_both_sides_name_the_same_socket() -> None:
    assert json.loads(last(DOCKER / "server.Dockerfile", "ENTRYPOINT"))[-1] == URL
    for name in ("client", "submission"):
        assert f"FLOPSCOPE_SERVER_URL={URL}" in last(DOCKER / f"{name}.Dockerfile", "ENV")
    for name in ("server", "judge"):
        assert URL.removeprefix("ipc://") in SERVICES[name]["healthcheck"]["test"][-1]


def pip_steps(file: Path, places: dict[str, str]) -> list[list[str]]:
    """The steps of pip in a Dockerfile, with the image's places changed to these."""
    steps = []
    for instruction, rest in instructions(file):
        for command in rest.split(" && ") if instruction == "RUN" else []:
            if command.startswith("python -m pip") and "uninstall" not in command:
                words = shlex.split(command)[1:]
                steps.append([places.get(word, word) for word in words])
    return steps


def run(command: list[Any], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE, check=False, env=environment
    )


def test_the_steps_of_the_client_s_image_make_a_client_that_the_judge_serves(
    tmp_path: Path,
) -> None:
    environment = clean_environment()
    python = str(tmp_path / "venv/bin/python")
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    places = {"/wheels": str(tmp_path / "wheels"), "/src": str(ROOT / "python/client")}
    steps = pip_steps(DOCKER / "client.Dockerfile", places)
    assert [step[2] for step in steps] == ["wheel", "install"]
    assert pip_steps(DOCKER / "submission.Dockerfile", places) == steps
    for step in steps:
        subprocess.run([python, *step], check=True, timeout=PATIENCE, env=environment, stdout=subprocess.DEVNULL)  # fmt: skip
    with short_folder() as folder:
        url = f"ipc://{folder}/server.sock"
        judge = Server(folder, *SERVICES["judge"]["command"], url=url, token=False)
        try:
            health = SERVICES["judge"]["healthcheck"]["test"][2:]
            told = [
                each.replace("/run/flopscope/server.sock", f"{folder}/server.sock")
                for each in health
            ]
            subprocess.run([python, *told], check=True, timeout=PATIENCE)
            submission = tmp_path / "submission.py"
            submission.write_text(
                "import flopscope as flops, flopscope.numpy as fnp\n"
                "print((fnp.ones(3) + 1).tolist())\n"
                "try: import numpy\nexcept ImportError: print('no NumPy')\n"
            )
            command = [python, "-s", submission]
            environment = {"FLOPSCOPE_SERVER_URL": judge.url}
            first = run(command, environment)
            assert (first.stdout, first.stderr) == ("[2.0, 2.0, 2.0]\nno NumPy\n", "")
            (session,) = until(lambda: judge.events("session opened"), "the log")
            account = judge.ended(session["session"])
            assert (account["ended"], account["charged"]) == ("closed", 12)
            second = run(command, environment)
            assert "all 1 sessions of this server have been opened" in second.stderr
        finally:
            judge.close()


@pytest.mark.parametrize("name", ["server", "judge"])
def test_the_server_understands_the_command_of_each_service(name: str) -> None:
    with short_folder() as folder:
        server = Server(folder, *SERVICES[name]["command"], token=False)
        try:
            assert server.request("open")["ok"], server.stderr
        finally:
            server.close()
