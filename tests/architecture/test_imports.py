"""Who may know whom. Import-linter says the same of modules; these read the source, so that strings count too."""

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def sources(folder):
    return [path for path in (ROOT / folder).rglob("*.py") if "migrations" not in path.parts]


def imported(path):
    """The absolute names of all modules a file imports, at its top or inside a function."""
    package = list(path.relative_to(ROOT).parent.parts)
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            names.add(".".join([*above, *filter(None, [node.module])]))
    return names


def importers(folder, *roots):
    found = {}
    for path in sources(folder):
        if names := {name for name in imported(path) if any(f"{name}.".startswith(f"{root}.") for root in roots)}:
            found[str(path.relative_to(ROOT))] = sorted(names)
    return found


def test_the_workshop_does_not_even_name_the_accounting_app():
    naming = [str(path) for path in sources("workshop") if re.search(r"\baccounting_sync\b", path.read_text())]
    assert naming == []


HTTP = ["requests", "requests_oauthlib", "oauthlib", "urllib3", "urllib.request", "http.client", "httpx"]


def test_only_the_xero_package_and_the_sandbox_speak_http():
    speakers = importers("accounting_sync", *HTTP)
    strangers = [
        path for path in speakers if not path.startswith(("accounting_sync/xero/", "accounting_sync/sandbox/"))
    ]
    assert strangers == []
    assert importers("workshop", *HTTP) == {}


def test_the_sandbox_imports_nothing_of_ours():
    ours = {}
    for path in sources("accounting_sync/sandbox"):
        names = {name for name in imported(path) if name.split(".")[0] in ("workshop", "accounting_sync", "config")}
        if outside := {name for name in names if not name.startswith("accounting_sync.sandbox")}:
            ours[path.name] = outside
    assert ours == {}


def test_nobody_imports_the_sandbox():
    files = [path for folder in ("workshop", "accounting_sync", "config") for path in sources(folder)]
    outside = [path for path in files if "sandbox" not in path.relative_to(ROOT).parts]
    assert [str(path) for path in outside if any("sandbox" in name.split(".") for name in imported(path))] == []


@pytest.mark.parametrize("library", ["pytest", "factory", "faker", "hypothesis", "xero_python", "playwright", "tests"])
def test_what_runs_needs_nothing_made_for_tests(library):
    assert {folder: importers(folder, library) for folder in ("workshop", "accounting_sync", "config")} == {
        "workshop": {},
        "accounting_sync": {},
        "config": {},
    }


def test_the_launcher_needs_nothing_but_python():
    allowed = sys.stdlib_module_names | {"config"}
    needed = {name.split(".")[0] for path in (ROOT / "config").glob("launch*.py") for name in imported(path)}
    assert needed - allowed == set()


def test_no_page_reaches_for_another_host():
    """Templates and style sheets may link to a person's Xero, but load nothing from elsewhere."""
    loading = re.compile(
        r"""(?:src|srcset|action)=["']?https?://|@import|url\(["']?(?:https?:)?//|<link[^>]+https?://"""
    )
    files = [path for kind in ("*.html", "*.css", "*.js") for path in ROOT.rglob(kind)]
    own = [path for path in files if not {".venv", "staticfiles", "var", ".git"} & set(path.relative_to(ROOT).parts)]
    assert [str(path.relative_to(ROOT)) for path in own if loading.search(path.read_text())] == []


def test_no_template_holds_script_or_style():
    script, style, handler = (
        r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>",
        r"<style\b|\sstyle=",
        r"\son[a-z]+=[\"']",
    )
    inline = re.compile(f"{script}|{style}|{handler}", re.IGNORECASE)
    files = [path for path in ROOT.rglob("*.html") if ".venv" not in path.parts and "var" not in path.parts]
    assert [str(path.relative_to(ROOT)) for path in files if inline.search(path.read_text())] == []
