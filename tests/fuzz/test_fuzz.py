"""Each target of this folder for some seconds under libFuzzer, and its old findings again with any compiler.

KEMILUA_FUZZ_SECONDS=600 runs each for ten minutes. What libFuzzer keeps of a finding stands in the failure as hex; put it into
findings/TARGET.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from checkout import run
from native import built, require_fuzzer, require_sanitizers

HERE = Path(__file__).resolve().parent
TARGETS = re.findall(r"^kemilua_fuzz\((\w+)\)", (HERE / "CMakeLists.txt").read_text(encoding="utf-8"), re.MULTILINE)
SECONDS = int(os.environ.get("KEMILUA_FUZZ_SECONDS", "20"))
LIMITS = ["-timeout=25", "-rss_limit_mb=2048", "-max_len=4096", "-print_final_stats=1"]
ENVIRONMENT = {**os.environ, "UBSAN_OPTIONS": "print_stacktrace=1", "ASAN_OPTIONS": "detect_leaks=1"}
NOISE = re.compile(r"^(#\d+\t|\tNEW_FUNC|\"|INFO:|#+ )")


@dataclass(frozen=True)
class Outcome:
    code: int
    log: str
    artefacts: dict[str, bytes]

    def story(self) -> str:
        """The stack, and what to put into findings/."""
        lines = [line for line in self.log.splitlines() if not NOISE.match(line)]
        kept = [f"{name}: {content.hex()}" for name, content in self.artefacts.items()]
        return "\n".join([*lines[-120:], *kept])

    def executions(self) -> int:
        found = re.search(r"stat::number_of_executed_units:\s*(\d+)", self.log)
        return int(found[1]) if found else 0


def fuzz(program: Path, corpus: Path, work: Path) -> Outcome:
    """Run a target from its corpus; what it finds on the way goes to `work`."""
    found, artefacts = work / "found", work / "artefacts"
    found.mkdir(parents=True)
    artefacts.mkdir()
    command = [program, *LIMITS, f"-max_total_time={SECONDS}", f"-artifact_prefix={artefacts}/", f"-dict={corpus}.dict", found, corpus]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, timeout=SECONDS + 600, check=False)
    kept = {path.name: path.read_bytes() for path in sorted(artefacts.iterdir())}
    return Outcome(done.returncode, done.stderr.decode(errors="replace"), kept)


@pytest.fixture(scope="session")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seeds and dictionaries of all targets."""
    folder = tmp_path_factory.mktemp("corpora")
    run([sys.executable, HERE / "corpus.py", folder])
    return folder


@pytest.fixture(scope="session")
def outcomes(
    root: Path, corpora: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[dict[str, Future[Outcome]]]:
    """All targets that were asked for, two at a time."""
    require_fuzzer(tmp_path_factory.mktemp("fuzzer"))
    programs, work = built(root, "fuzz") / "tests" / "fuzz", tmp_path_factory.mktemp("work")
    asked = {item.name for item in request.session.items}
    with ThreadPoolExecutor(max_workers=2) as pool:
        yield {
            name: pool.submit(fuzz, programs / f"fuzz_{name}", corpora / name, work / name)
            for name in TARGETS
            if f"test_target_finds_nothing[{name}]" in asked
        }


@pytest.mark.fuzz
@pytest.mark.parametrize("name", TARGETS)
def test_target_finds_nothing(outcomes: dict[str, Future[Outcome]], name: str, record_property: Callable[[str, object], None]) -> None:
    outcome = outcomes[name].result()
    record_property("seconds", SECONDS)
    record_property("executions", outcome.executions())
    assert outcome.code == 0, outcome.story()
    assert outcome.executions() > 0, outcome.story()


@pytest.fixture(scope="session")
def replayers(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same targets without libFuzzer, in the build of the sanitizer preset."""
    require_sanitizers(tmp_path_factory.mktemp("sanitizers"))
    return built(root, "sanitizer") / "tests" / "fuzz"


@pytest.mark.sanitizer
@pytest.mark.parametrize("name", TARGETS)
def test_old_findings_and_seeds_pass(replayers: Path, corpora: Path, name: str) -> None:
    findings = HERE / "findings" / name
    paths = [corpora / name, *([findings] if findings.is_dir() else [])]
    done = subprocess.run([replayers / f"fuzz_{name}", *paths], env=ENVIRONMENT, capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, (done.stdout[-2000:] + done.stderr[-20_000:]).decode(errors="replace")
    assert len(done.stdout.splitlines()) == sum(len(list(path.iterdir())) for path in paths)


def test_every_target_is_listed() -> None:
    sources = {path.stem for path in HERE.glob("*.c")} - {"replay"}
    assert sources == set(TARGETS)
    assert {path.stem for path in (HERE / "seeds").glob("*.dict")} == set(TARGETS)
    assert {path.name for path in (HERE / "findings").iterdir()} <= set(TARGETS)
