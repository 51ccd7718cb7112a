"""The SBOMs say what the lock files do, with every hash, and a wheel that differs from them is found."""

from __future__ import annotations

import json
import re
import tomllib
import zipfile
from pathlib import Path

import pytest

from dev.installed import differences
from dev.installed import main as compare
from dev.sbom import IMAGE, LOCKS, WHEEL, Locked, main, problems_of, read_lock, sbom
from tests.support.wheels import build_wheel

ROOT = Path(__file__).resolve().parents[2]
A, B = "a" * 64, "b" * 64
LOCK = f"""# a comment
click==8.5.1 \\
    --hash=sha256:{A} \\
    --hash=sha256:{B}
hatchling==1.33.0 \\
    --hash=sha256:{A}
winloop==1.0 ; sys_platform == 'win32' \\
    --hash=sha256:{B}
"""


@pytest.mark.parametrize("file", [WHEEL, IMAGE])
def test_an_sbom_has_every_package_and_every_hash_of_its_lock_and_nothing_else(file) -> None:
    """Read with other code than the SBOM is written with."""
    lock = (ROOT / LOCKS[file][0]).read_text()
    pins = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock, re.MULTILINE))
    document = json.loads((ROOT / file).read_text())
    assert (document["bomFormat"], document["specVersion"], document["version"]) == ("CycloneDX", "1.6", 1)
    components = document["components"]
    assert {c["name"]: c["version"] for c in components} == pins
    assert [c["purl"] for c in components] == [f"pkg:pypi/{name}@{version}" for name, version in pins.items()]
    hashes = [entry for c in components for entry in c["hashes"]]
    assert [entry["content"] for entry in hashes] == re.findall(r"sha256:([0-9a-f]{64})", lock)
    assert {entry["alg"] for entry in hashes} == {"SHA-256"}
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert document["metadata"]["component"]["version"] == version
    assert len({c["bom-ref"] for c in components}) == len(components)
    excluded = {c["name"] for c in components if c["scope"] == "excluded"}
    dockerfile = (ROOT / "Dockerfile").read_text()
    (removed,) = re.findall(r"pip uninstall --yes ([a-z -]+)", dockerfile)
    assert excluded | {"pip"} == set(removed.split()), "the image does without what only builds the wheel"


def test_the_scope_of_a_package_is_that_of_its_use() -> None:
    document = json.loads(sbom(LOCK, "0.1.0", frozenset({"hatchling"})))
    scopes = {c["name"]: (c["scope"], c.get("properties")) for c in document["components"]}
    marker = [{"name": "sixfold:marker", "value": "sys_platform == 'win32'"}]
    assert scopes == {"click": ("required", None), "hatchling": ("excluded", None), "winloop": ("optional", marker)}


def test_a_lock_is_read_whole_or_refused() -> None:
    assert read_lock(LOCK)[0] == Locked("click", "8.5.1", "", (A, B))
    assert read_lock(LOCK)[2] == Locked("winloop", "1.0", "sys_platform == 'win32'", (B,))
    for line in ("-e .", "click>=8", "--index-url https://example.com", "    --hash=md5:0"):
        with pytest.raises(ValueError, match="not a line of a lock"):
            read_lock(f"{LOCK}{line}\n")
    with pytest.raises(ValueError, match="not a line of a lock"):
        read_lock(f"    --hash=sha256:{A}\n")
    with pytest.raises(ValueError, match="without a hash: rich"):
        read_lock(f"{LOCK}rich==15.0.0\n")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build_wheel(tmp_path_factory.mktemp("wheel"))


def test_a_built_wheel_has_the_lock_and_the_sbom_of_its_checkout(wheel, capsys) -> None:
    assert problems_of(wheel) == []
    assert main([str(wheel)]) == 0
    assert re.fullmatch(rf"[0-9a-f]{{64}}  {wheel}\n", capsys.readouterr().out)


@pytest.mark.parametrize(
    ("name", "change", "problems"),
    [
        ("sixfold_compiler/cli/main.py", b"import evil\n", ["is not the file of the record"]),
        ("sixfold_compiler/cli/main.py", None, ["is in the record and not in the wheel"]),
        ("sixfold_compiler/evil.py", b"", ["is not the file of the record"]),
        (
            "sixfold_compiler/_lock/requirements.txt",
            b"evil==1\n",
            ["is not the file of the record", "is not requirements.txt of this checkout"],
        ),
        (
            "sixfold-0.1.0.dist-info/sboms/sixfold.cdx.json",
            None,
            ["is in the record and not in the wheel", "is not sbom/sixfold.cdx.json of this checkout"],
        ),
    ],
)
def test_a_changed_wheel_is_found(name, change, problems, wheel, tmp_path, capsys) -> None:
    changed = tmp_path / wheel.name
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(changed, "w") as new:
        for entry in old.namelist():
            if entry != name:
                new.writestr(entry, old.read(entry))
        if change is not None:
            new.writestr(name, change)
    assert problems_of(changed) == [f"{name} {problem}" for problem in problems]
    assert main([str(changed)]) == 1
    assert f"{changed}: {name} {problems[0]}\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("installed", "expected"),
    [
        ([("sixfold", "0.1.0"), ("Click", "8.5.1")], []),
        ([("sixfold", "0.1.0"), ("click", "8.5.1"), ("winloop", "1.0")], []),
        ([("sixfold", "0.1.0")], ["click 8.5.1 is in the SBOM, and not installed"]),
        ([("sixfold", "0.1.0"), ("click", "8.5.0")], ["click 8.5.0 is installed, and 8.5.1 is in the SBOM"]),
        ([("sixfold", "0.1.0"), ("click", "8.5.1"), ("winloop", "2.0")],
         ["winloop 2.0 is installed, and 1.0 is in the SBOM"]),
        ([("sixfold", "0.1.0"), ("click", "8.5.1"), ("ev_il", "1")], ["ev-il 1 is installed, and not in the SBOM"]),
        ([("sixfold", "0.1.0"), ("click", "8.5.1"), ("hatchling", "1.33.0")],
         ["hatchling 1.33.0 is installed, and not in the SBOM"]),
        ([("click", "8.5.1")], ["sixfold 0.1.0 is in the SBOM, and not installed"]),
    ],
)  # fmt: skip
def test_an_environment_is_compared_with_its_sbom(installed, expected) -> None:
    assert differences(sbom(LOCK, "0.1.0", frozenset({"hatchling"})), installed) == expected


def test_this_environment_has_all_that_the_image_needs_in_the_same_versions(capsys) -> None:
    """It has the tests' packages too, which the lines of the comparison name."""
    assert compare([str(ROOT / IMAGE)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if not line.endswith("is installed, and not in the SBOM")] == []
    assert any(line.startswith("pytest ") for line in lines)
