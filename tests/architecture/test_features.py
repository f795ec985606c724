"""The table of features names tests that exist, and leaves no row out."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLE = (ROOT / "docs" / "features.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| ([BUCT]\d\d) \| .+ \| (.+) \|$", TABLE, re.M)


def test_every_row_stands_once():
    wanted = [f"B{n}" for n in range(34, 54)] + [f"U{n:02}" for n in range(1, 29)]
    wanted += [f"C{n:02}" for n in range(1, 40)] + [f"T{n:02}" for n in range(1, 70)]
    assert [number for number, _ in ROWS] == wanted


def test_every_test_named_there_exists():
    files = (ROOT / "tests").rglob("test_*.py")
    known = {name for file in files for name in re.findall(r"^def (test_\w+)", file.read_text(encoding="utf-8"), re.M)}
    named = [shown.strip("`") for _, shown in ROWS if shown.startswith("`")]
    assert [name for name in named if name not in known] == []
