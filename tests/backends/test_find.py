from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ppstui.backends import find, find_target, known_targets, known_types
from ppstui.errors import ConfigError


def test_each_of_our_own_is_found_and_has_options() -> None:
    for name in known_types():
        plugin = find(name)
        assert plugin.Options.__struct_config__.forbid_unknown_fields
        assert plugin.Options.__struct_config__.frozen


def test_an_unknown_type_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"'rtt'.*did you mean 'rt'"):
        find("rtt")
    with pytest.raises(ConfigError, match="known are demo, ical, indico, rt, sql"):
        find("bugzilla")


def test_each_of_our_own_targets_is_found_and_says_what_it_takes() -> None:
    for name in known_targets():
        plugin = find_target(name)
        assert plugin.Options.__struct_config__.forbid_unknown_fields
        assert plugin.Options.__struct_config__.frozen
        assert set(plugin.formats) <= {"text", "markdown", "html", "twiki", "dokuwiki", "json"}
        assert plugin.traces == (name != "smtp"), "only a mail leaves nothing that could be found again"


def test_an_unknown_type_of_target_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"no target is called 'smpt'.*did you mean 'smtp'"):
        find_target("smpt")
    with pytest.raises(ConfigError, match="known are dokuwiki, file, rt, smtp"):
        find_target("carrier pigeon")


def test_what_the_configuration_needs_of_a_target_costs_no_network_library() -> None:
    code = "import sys; from ppstui.backends import find_target as f, known_targets as k; [f(n) for n in k()]"
    code += "; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert not {"httpx", "ssl", "asyncio", "smtplib", "email"} & set(loaded)


def test_what_the_configuration_needs_of_a_plug_in_costs_no_network_library() -> None:
    code = "import sys; from ppstui.backends import find; find('rt').Options; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert not {"httpx", "ssl", "asyncio"} & set(loaded)


STRANGERS = {
    "good": "from ppstui.backends.rt import RT as GLPI\n",
    "broken": "import no_such_library\n",
    "hollow": "class GLPI: pass\n",
}


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("good", "Options"),
        ("broken", "the backend 'broken' of the package acme-glpi cannot be loaded: ModuleNotFoundError"),
        ("hollow", "of the package acme-glpi has no Options or no open()"),
    ],
)
def test_a_strangers_plug_in_is_found_by_its_entry_point(tmp_path: Path, name: str, says: str) -> None:
    for module, text in STRANGERS.items():
        (tmp_path / f"acme_{module}.py").write_text(text)
    info = tmp_path / "acme_glpi-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-glpi\nVersion: 1.0\n")
    points = "\n".join(f"{module} = acme_{module}:GLPI" for module in STRANGERS)
    (info / "entry_points.txt").write_text(f"[ppstui.backends]\n{points}\n")
    code = (
        "from ppstui.backends import find\nfrom ppstui.errors import ConfigError\n"
        f"try:\n    print(find({name!r}).Options)\nexcept ConfigError as error:\n    print(error)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": f"{tmp_path}:{Path(__file__).resolve().parents[2]}"},
    )
    assert says in run.stdout


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("whole", "Options"),
        ("silent", "the target 'silent' does not say its formats and traces"),
        ("broken", "the target 'broken' of the package acme-press cannot be loaded: ModuleNotFoundError"),
    ],
)
def test_a_strangers_target_is_found_by_its_entry_point(tmp_path: Path, name: str, says: str) -> None:
    modules = {
        "whole": "from ppstui.backends.targets.file import Files as Press\n",
        "silent": "from ppstui.backends.rt import RT as Press\n",
        "broken": "import no_such_library\n",
    }
    for module, text in modules.items():
        (tmp_path / f"press_{module}.py").write_text(text)
    info = tmp_path / "acme_press-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-press\nVersion: 1.0\n")
    points = "\n".join(f"{module} = press_{module}:Press" for module in modules)
    (info / "entry_points.txt").write_text(f"[ppstui.targets]\n{points}\n")
    code = (
        "from ppstui.backends import find_target\nfrom ppstui.errors import ConfigError\n"
        f"try:\n    print(find_target({name!r}).Options)\nexcept ConfigError as error:\n    print(error)\n"
    )
    path = f"{tmp_path}:{Path(__file__).parents[2]}"
    run = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env={"PYTHONPATH": path}
    )
    assert says in run.stdout
