"""The README's examples are run, and what it shows is what comes out."""

from __future__ import annotations

import doctest
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.conftest import ROOT, SEED

README = (ROOT / "README.md").read_text("utf-8")
EXAMPLES = re.findall(r"```console\n(\$ corpus-search .*?)```", README, re.DOTALL)


def _timeless(text: str) -> str:
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:]{8}\+00:00", "(then)", re.sub(r"\(\d+ ms\)", "(… ms)", text))


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "corpus_search", *arguments],
        cwd=folder,
        env={k: v for k, v in os.environ.items() if not k.startswith("CORPUS_SEARCH")},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.partition("\n")[0] for example in EXAMPLES])
def test_an_example_gives_what_the_readme_shows(tmp_path: Path, example: str) -> None:
    (tmp_path / "seeds").mkdir()
    shutil.copy(SEED, tmp_path / "seeds")
    for command, output in re.findall(r"^\$ (corpus-search [^\n]+)\n((?:(?!\$ )[^\n]*\n)*)", example, re.M):
        done = _run(tmp_path, *shlex.split(command)[1:])
        assert done.returncode == 0
        assert _timeless(done.stdout) == _timeless(output)


def test_the_draft_in_the_readme_is_checked_as_it_shows(tmp_path: Path) -> None:
    shown = re.search(r"\$ cat draft\.md\n(.*?)\$ corpus-search check draft\.md\n(.*?)```", README, re.DOTALL)
    assert shown
    (tmp_path / "seeds").mkdir()
    shutil.copy(SEED, tmp_path / "seeds")
    (tmp_path / "draft.md").write_text(shown[1], "utf-8")
    done = _run(tmp_path, "check", "draft.md")
    assert (done.returncode, done.stdout) == (1, shown[2])


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_cookbook_gives_what_the_readme_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (tmp_path / "papers").mkdir()
    shutil.copy(SEED, tmp_path / "papers")
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```pycon\n(.*?)```", (ROOT / name).read_text("utf-8"), re.DOTALL)
    assert blocks
    cookbook = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, name, name, 0)
    runner = doctest.DocTestRunner(optionflags=doctest.REPORT_NDIFF)
    runner.run(cookbook, clear_globs=False)
    cookbook.globs["corpus"].close()
    assert runner.summarize(verbose=False) == (0, len(cookbook.examples)), capsys.readouterr().out


def test_every_dependency_has_its_line() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = [r for name, listed in project["optional-dependencies"].items() if name != "evaluate" for r in listed]
    names = {
        re.match(r"[\w-]+", requirement)[0]  # type: ignore[index]
        for requirement in (*project["dependencies"], *extras)
        if not requirement.startswith("corpus-search[")
    }
    table = README.partition("| package |")[2].partition("\n\n")[0]
    listed = " ".join(re.findall(r"^\| ([^|]+) \|", table, re.M)).replace("(extra)", "")
    assert names == set(re.findall(r"[\w-]+", listed)) - {"---"}


def test_every_make_target_the_readme_names_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"make (\w+)", README):
        assert re.search(rf"^{target}:", makefile, re.M)
