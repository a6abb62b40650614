"""What a user installs: the wheel finds its themes and its example, and runs away from the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from ppstui.bulletin import FORMATS

TOP = Path(__file__).resolve().parents[2]


def run(*argv: str | Path, cwd: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in argv], cwd=cwd, env=env, capture_output=True, text=True, timeout=150, check=False
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    built = run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, TOP, cwd=folder)
    assert built.returncode == 0, built.stderr
    return next(folder.glob("ppstui-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The product in an environment of its own, beside the test environment's other packages."""
    folder = tmp_path_factory.mktemp("installed")
    assert run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder).returncode == 0
    python = folder / "bin" / "python"
    done = run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        wheel,
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    packages = Path(
        run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).stdout.strip()
    )
    # A plain path line: the test environment's own .pth files, the checkout's among them, are not read.
    (packages / "neighbours.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin"


@pytest.mark.xdist_group("packaging")
def test_the_wheel_carries_themes_and_the_example(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "ppstui/config.example.toml" in names
    assert {f"ppstui/themes/{path.name}" for path in (TOP / "themes").glob("*.toml")} <= names
    assert not {name for name in names if name.startswith("tests/")}


@pytest.mark.xdist_group("packaging")
def test_the_wheel_carries_a_template_for_every_format(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {f"ppstui/bulletin/templates/{name}.j2" for name in FORMATS} <= names


@pytest.mark.xdist_group("packaging")
def test_the_installed_product_runs_away_from_the_checkout(installed: Path, tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    asked = run(installed / "ppstui", "--demo", "list", "rollouts", "--json", cwd=tmp_path, env=home)
    assert asked.returncode == 0, asked.stderr
    assert json.loads(asked.stdout)["total"] >= 40
    where = run(installed / "python", "-c", "import ppstui; print(ppstui.__file__)", cwd=tmp_path, env=home)
    assert str(TOP) not in where.stdout, "the checkout was imported, so this proves nothing"
    assert not list(tmp_path.iterdir()), "the demo world left something in the home folder"


@pytest.mark.xdist_group("packaging")
def test_the_installed_product_finds_its_templates(installed: Path, tmp_path: Path) -> None:
    code = (
        "from ppstui.bulletin import FORMATS, Templates\n"
        "for name in FORMATS: print(Templates().environment(name).get_template(f'{name}.j2').filename)"
    )
    found = run(installed / "python", "-c", code, cwd=tmp_path)
    assert found.stdout.count(".j2") == len(FORMATS), found.stderr
    assert str(TOP) not in found.stdout, "the checkout's were found, so this proves nothing"


@pytest.mark.xdist_group("packaging")
def test_the_installed_product_finds_its_themes(installed: Path, tmp_path: Path) -> None:
    code = "from ppstui.ui.theme import themes; print(sorted(themes()))"
    found = run(installed / "python", "-c", code, cwd=tmp_path)
    for path in (TOP / "themes").glob("*.toml"):
        assert path.stem in found.stdout, found.stderr
