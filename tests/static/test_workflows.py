"""Workflows are valid, pinned, may only read, and run what pyproject.toml promises; pre-commit runs the same tools."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from typing import Any

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # pytest brings it where Python has none

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))

pytestmark = [
    pytest.mark.static,
    pytest.mark.skipif(importlib.util.find_spec("yaml") is None, reason="PyYAML is not installed; pip install 'kemilua[test]' brings it"),
    pytest.mark.skipif(not WORKFLOWS, reason="a source distribution has no workflows"),
]


def load(path: Path) -> Any:
    import yaml

    return yaml.safe_load(path.read_text(encoding="utf-8"))


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = load(path)["jobs"]
    return found


def steps() -> list[dict[str, Any]]:
    return [step for path in WORKFLOWS for job in jobs(path).values() for step in job["steps"]]


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def classified(prefix: str) -> list[str]:
    """What stands behind a prefix in the classifiers."""
    return [line.removeprefix(prefix) for line in project()["project"]["classifiers"] if line.startswith(prefix)]


def versions() -> list[str]:
    return [version for version in classified("Programming Language :: Python :: ") if re.fullmatch(r"3\.\d+", version)]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflow_may_only_read(path: Path) -> None:
    workflow = load(path)
    assert workflow["permissions"] == {"contents": "read"}
    assert [name for name, job in workflow["jobs"].items() if "permissions" in job] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_job_ends_in_time(path: Path) -> None:
    assert [name for name, job in jobs(path).items() if not 0 < job.get("timeout-minutes", 0) < 360] == []


def test_every_action_is_pinned_by_its_commit_with_the_version_beside_it() -> None:
    lines = [line.strip() for path in WORKFLOWS for line in path.read_text(encoding="utf-8").splitlines() if "uses:" in line]
    assert len(lines) == sum("uses" in step for step in steps())
    assert [line for line in lines if not re.fullmatch(r"- uses: [\w-]+/[\w-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+", line)] == []


def test_one_action_has_one_pin() -> None:
    pins = {step["uses"] for step in steps() if "uses" in step}
    assert len({pin.partition("@")[0] for pin in pins}) == len(pins)


def test_checkouts_keep_no_credentials() -> None:
    checkouts = [step for step in steps() if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert [step for step in checkouts if step["with"]["persist-credentials"] is not False] == []


def test_pythons_of_the_matrix_are_those_of_the_classifiers() -> None:
    matrix = jobs(ROOT / ".github" / "workflows" / "ci.yml")["python"]["strategy"]["matrix"]["python"]
    assert [one for one in matrix if re.fullmatch(r"3\.\d+", one)] == versions()
    assert f"{versions()[-1]}t" in matrix
    assert any(one.startswith("pypy") for one in matrix) == ("PyPy" in classified("Programming Language :: Python :: Implementation :: "))


def test_free_threading_is_claimed_only_by_a_module_that_says_so() -> None:
    says_so = any("Py_MOD_GIL_NOT_USED" in path.read_text(encoding="utf-8") for path in (ROOT / "csrc").rglob("*.c"))
    assert bool(classified("Programming Language :: Python :: Free Threading")) == says_so


def test_systems_of_the_classifiers_are_run() -> None:
    ci = jobs(ROOT / ".github" / "workflows" / "ci.yml")
    assert classified("Operating System :: ") == ["MacOS", "POSIX :: Linux"]
    assert ci["macos"]["strategy"]["matrix"]["runner"] == ["macos-15", "macos-15-intel"]
    assert ci["linux"]["runs-on"].startswith("ubuntu-")
    assert any("-alpine" in step.get("run", "") for step in ci["musl"]["steps"])


def test_wheels_are_built_for_the_pythons_of_the_classifiers_by_a_pinned_tool() -> None:
    assert project()["tool"]["cibuildwheel"]["build"] == [f"cp{version.replace('.', '')}-*" for version in versions()]
    installed = [
        step["run"]
        for job in jobs(ROOT / ".github" / "workflows" / "wheels.yml").values()
        for step in job["steps"]
        if "pip install" in step.get("run", "")
    ]
    assert [line for line in installed if not re.fullmatch(r"pip install [\w-]+==[\d.]+", line)] == []


def test_fuzzing_is_scheduled_and_keeps_its_findings() -> None:
    workflow = load(ROOT / ".github" / "workflows" / "fuzz.yml")
    (schedule,) = workflow[True]["schedule"]  # `on` is a boolean to YAML
    assert re.fullmatch(r"\d+ \d+ \* \* \d", schedule["cron"])
    assert any("artefacts" in step.get("with", {}).get("path", "") for step in workflow["jobs"]["fuzz"]["steps"])


def test_documentation_is_built_by_the_command_of_contributing() -> None:
    (command,) = re.findall(r"sphinx-build .*", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    assert command in [step.get("run") for step in jobs(ROOT / ".github" / "workflows" / "ci.yml")["docs"]["steps"]]


def test_pre_commit_formats_as_the_tests_do() -> None:
    hooks = {hook["id"]: hook for repository in load(ROOT / ".pre-commit-config.yaml")["repos"] for hook in repository["hooks"]}
    pinned = [need for hook in hooks.values() for need in hook.get("additional_dependencies", [])]
    assert [need for need in pinned if "==" not in need] == []
    (wanted,) = [need for need in project()["project"]["optional-dependencies"]["test"] if need.startswith("clang-format")]
    assert hooks["clang-format"]["additional_dependencies"] == [wanted]
    assert {"ruff", "ruff-format", "mypy", "static"} <= hooks.keys()


@pytest.mark.parametrize("path", [path for path in FORMS if path.stem != "config"], ids=lambda path: path.stem)
def test_issue_form_is_whole(path: Path) -> None:
    form = load(path)
    assert {"name", "description", "body"} <= form.keys()
    asked = [item for item in form["body"] if item["type"] != "markdown"]
    assert len({item["id"] for item in asked}) == len(asked) > 0
    assert [item["id"] for item in asked if not item["attributes"]["label"]] == []
