"""The setup does what is missing, skips what is done, and says in one line what it cannot do."""

from pathlib import Path

import pytest

from stack.setup import debian, programs, stamps
from stack.setup.stamps import SetupError, Step


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "src" / "deep").mkdir(parents=True)
    (tmp_path / "src" / "deep" / "input.txt").write_text("one")
    monkeypatch.setattr(stamps, "ROOT", tmp_path)
    monkeypatch.setattr(stamps, "BUILD", tmp_path / ".build")
    monkeypatch.setattr(programs, "ROOT", tmp_path)
    monkeypatch.setattr(programs, "BUILD", tmp_path / ".build")
    return tmp_path


@pytest.fixture
def runs() -> list[str]:
    return []


def a_step(root: Path, runs: list[str], salt: str = "") -> Step:
    def run() -> None:
        runs.append("run")
        (root / "made").write_text("output")

    return Step("a step", run, ["src", "*.toml"], ["mad*"], salt)


def test_a_step_runs_once(root: Path, runs: list[str]) -> None:
    a_step(root, runs).ensure()
    a_step(root, runs).ensure()
    assert runs == ["run"]


@pytest.mark.parametrize("change", ["edit", "add", "rename", "lose the output", "salt"])
def test_a_change_makes_it_run_again(root: Path, runs: list[str], change: str) -> None:
    a_step(root, runs).ensure()
    source = root / "src" / "deep" / "input.txt"
    match change:
        case "edit":
            source.write_text("two")
        case "add":
            (root / "new.toml").write_text("")
        case "rename":
            source.rename(source.with_name("other.txt"))
        case "lose the output":
            (root / "made").unlink()
    a_step(root, runs, change if change == "salt" else "").ensure()
    assert runs == ["run", "run"]


def test_what_is_built_is_no_input(root: Path, runs: list[str]) -> None:
    a_step(root, runs).ensure()
    (root / "src" / "__pycache__").mkdir()
    (root / "src" / "__pycache__" / "x.pyc").write_text("")
    a_step(root, runs).ensure()
    assert runs == ["run"]


def test_a_failed_step_runs_again(root: Path, runs: list[str]) -> None:
    def fail() -> None:
        raise SetupError("no")

    with pytest.raises(SetupError):
        Step("a step", fail, ["src"]).ensure()
    a_step(root, runs).ensure()
    assert runs == ["run"]


def test_a_failing_program_shows_its_last_words(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SetupError, match="tool failed \\(exit code 3\\)"):
        programs.run("tool", ["/bin/sh", "-c", "echo the reason; exit 3"])
    assert "the reason" in capsys.readouterr().err


def test_a_missing_program_is_named() -> None:
    with pytest.raises(SetupError, match="/no/such/program is missing"):
        programs.run("tool", ["/no/such/program"])


def fake_path(monkeypatch: pytest.MonkeyPatch, folder: Path, *names: str) -> None:
    """Only these programs, each of which fails, can be found."""
    folder.mkdir()
    for name in names:
        (folder / name).write_text("#!/bin/sh\nexit 1\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def test_without_root_and_sudo_it_says_what_to_run(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_path(monkeypatch, root / "bin", "apt-get", "dpkg-query")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(SetupError, match="is not root and has no sudo; run as root: apt-get update && apt-get install"):
        debian.install(("no-such-package",))


def test_with_a_sudo_that_asks_it_says_what_to_run(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_path(monkeypatch, root / "bin", "apt-get", "dpkg-query", "sudo")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(SetupError, match="sudo needs a password; run as root"):
        debian.install(("no-such-package",))


def test_another_system_is_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_path(monkeypatch, root / "bin")
    with pytest.raises(SetupError, match=r"no Debian system: .* no-such-package"):
        debian.install(("no-such-package",))


def test_packages_that_are_there_need_nothing() -> None:
    assert debian.missing(("base-files", "no-such-package")) == ["no-such-package"]
    debian.install(("base-files",))
