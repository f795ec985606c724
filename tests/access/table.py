"""The matrix as a text one can read and review: a line for each door, and who is let in."""

from pathlib import Path

FILE = Path(__file__).with_name("matrix.txt")
LETTERS = {
    "nobody": "x", "no role": "n", "Owner": "O", "Manager": "M", "Advisor": "A", "Parts": "P", "Technician": "T",
    "Accountant": "C", "Read-only": "R",
}  # fmt: skip
HEADING = """# Who is let in at every address. x not signed in, n signed in without a role,
# O owner, M manager, A advisor, P parts, T technician, C accountant, R read-only.
# Written by `python -m tests.access`; the test compares. A line here is a decision: read it as one.
"""


def written(matrix):
    """`matrix` is {role: {(method, path): let in}}."""
    every = sorted({door for answers in matrix.values() for door in answers}, key=lambda door: (door[1], door[0]))
    return HEADING + "".join(_line(door, matrix) for door in every)


def _line(door, matrix):
    letters = "".join(letter if matrix[role].get(door) else "-" for role, letter in LETTERS.items())
    return f"{letters}  {door[0]:6} {door[1]}\n"


def read(role):
    """{(method, path)} at which the file lets this role in."""
    return {door for door, letters in lines().items() if LETTERS[role] in letters}


def lines():
    """{(method, path): letters}"""
    rows = [line.split() for line in FILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return {(method, path): letters for letters, method, path in rows}
