"""docker-compose.yml, as far as it can be checked where no engine runs."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.settings import variables
from workers.wiring import JOBS

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if name != "db"}
MANY = {name: service for name, service in SERVICES.items() if service.get("profiles") == ["many"]}


def test_the_services_are_those_of_make_run() -> None:
    assert set(SERVICES) - set(MANY) == {"db", "migrate", "bot", "workers"}
    assert int(re.fullmatch(r"postgres:(\d+)", SERVICES["db"]["image"])[1]) >= 17  # type: ignore[index]  # fails here if it does not match


@pytest.mark.parametrize("name", OURS)
def test_every_command_exists(name: str) -> None:
    commands = [OURS[name]["command"]]
    if check := OURS[name].get("healthcheck"):
        assert check["test"][0] == "CMD"
        commands.append(check["test"][1:])
    for python, dash_m, module, *arguments in commands:
        assert (python, dash_m) == ("python", "-m")
        assert importlib.util.find_spec(f"{module}.__main__")
        if module == "db":
            help_text = subprocess.run(
                [sys.executable, "-m", module, *arguments, "--help"], cwd=ROOT, capture_output=True, text=True
            )
            assert help_text.returncode == 0, help_text.stderr


@pytest.mark.parametrize("name", OURS)
def test_every_variable_exists(name: str) -> None:
    assert OURS[name]["env_file"] == ".env"
    assert set(OURS[name]["environment"]) <= set(variables())


def test_long_running_services_restart_and_are_checked() -> None:
    for name in ("db", "bot", "workers"):
        assert SERVICES[name]["restart"] == "unless-stopped"
        assert SERVICES[name]["healthcheck"]["interval"]


def test_the_profile_for_several_machines_runs_every_job_once_and_no_database() -> None:
    jobs: list[str] = []
    for service in MANY.values():
        assert "DATABASE_URL" not in service["environment"]
        _, _, module, *arguments = service["command"]
        jobs += arguments if module == "workers" else []
        if module != "db":
            assert service["restart"] == "unless-stopped"
            assert service["healthcheck"]["interval"]
            assert service["depends_on"] == {"many-migrate": {"condition": "service_completed_successfully"}}
    assert sorted(jobs) == sorted(JOBS)
    # A file that waits for its upload lies on the disk of its host.
    posters = MANY["many-posters"]
    assert {"download", "upload", "sweep"} <= set(posters["command"])
    assert posters["volumes"] == ["data:/data"]


def test_nothing_starts_before_what_it_needs() -> None:
    assert SERVICES["migrate"]["depends_on"]["db"]["condition"] == "service_healthy"
    for name in ("bot", "workers"):
        needed = SERVICES[name]["depends_on"]["migrate"]["condition"]
        assert needed == "service_completed_successfully"


def test_volumes_are_declared() -> None:
    mounted = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", ())}
    assert mounted == set(COMPOSE["volumes"])


def test_the_image_holds_the_product_and_runs_as_somebody_else_than_root() -> None:
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    copied = {line.split()[1] for line in lines if line.startswith("COPY ")}
    assert copied == {
        *("core", "db", "clients", "services", "views", "bot", "workers", "requirements/app.txt"),
    }
    assert any(re.fullmatch(r"USER (?!root)\w+", line) for line in lines)
    allowed = {
        line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line[0] == "!"
    }
    assert allowed == copied
