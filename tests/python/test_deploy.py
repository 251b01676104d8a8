"""The recipes of deploy/ say what there is: the command, its options, the files they keep."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from conftest import ROOT
from warehouse.cli import app
from warehouse.refresh import place_of

DEPLOY = ROOT / "deploy"
COMMAND = re.compile(r"\.venv/bin/warehouse +([a-z]+)((?: +--?[a-z]+(?: +[a-z]+)?)*)")


def workflow() -> dict[Any, Any]:
    loaded: dict[Any, Any] = yaml.safe_load((DEPLOY / "github-actions.yml").read_text())
    return loaded


@pytest.mark.parametrize("name", ["crontab", "warehouse.service", "github-actions.yml"])
def test_a_recipe_calls_a_command_that_there_is(name: str) -> None:
    commands: Any = typer.main.get_command(app)
    found = COMMAND.findall((DEPLOY / name).read_text())
    assert "refresh" in [command for command, _ in found]
    for command, options in found:
        known = {
            option for parameter in commands.commands[command].params for option in parameter.opts
        }
        assert set(re.findall(r"--[a-z]+", options)) <= known


def test_the_workflow_keeps_what_a_refresh_needs_and_hands_out_what_it_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("WAREHOUSE_DB", "WAREHOUSE_PUBLISHED", "WAREHOUSE_INBOX", "DBT_LOG_PATH"):
        monkeypatch.delenv(name, raising=False)
    place = place_of(ROOT)
    [job] = workflow()["jobs"].values()
    steps = {step["uses"].split("@")[0]: step["with"] for step in job["steps"] if "with" in step}
    kept = {place.database, place.published.parent, place.inbox}
    for action in ("actions/cache/restore", "actions/cache/save"):
        assert {ROOT / path for path in steps[action]["path"].split()} == kept
    assert steps["actions/cache/save"]["key"] == steps["actions/cache/restore"]["key"]
    assert steps["actions/cache/save"]["key"].startswith(
        steps["actions/cache/restore"]["restore-keys"]
    )
    handed_out = {Path(path) for path in steps["actions/upload-artifact"]["path"].split()}
    assert {ROOT / path for path in handed_out} == {place.published, place.log}
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    makes = [step["run"] for step in job["steps"] if step.get("run", "").startswith("make ")]
    assert makes == ["make setup"]
    assert "setup" in targets


def test_the_readme_names_every_recipe() -> None:
    readme = (ROOT / "README.md").read_text()
    assert all(f"deploy/{file.name}" in readme for file in DEPLOY.iterdir())
