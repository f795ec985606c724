"""What `make run`, `make test` and `make lint` do. Standard library only: nothing is installed yet when it starts.

This file alone keeps to what a very old Python can read, so that it is told and does not trip over the grammar.
"""

import os
import sys
from typing import List, Optional, Sequence

OLDEST = (3, 11)
NEWER = ["python3.13", "python3.12", "python3.11"]
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def too_old(version: Sequence[int], verb: str, commands: List[str]) -> Optional[str]:
    """The sentence for a Python that is too old, or None. `commands` are the newer ones found on this machine."""
    if tuple(version[:2]) >= OLDEST:
        return None
    cure = "install Python 3.11, 3.12 or 3.13"
    if commands:
        cure = "make {} PYTHON={}".format(verb, commands[0])
    return "Python 3.11 or newer is needed; this is {}.{}.{}. Cure: {}.".format(
        version[0], version[1], version[2], cure
    )


def _found(commands: List[str]) -> List[str]:
    folders = os.environ.get("PATH", "").split(os.pathsep)
    return [name for name in commands if any(os.access(os.path.join(folder, name), os.X_OK) for folder in folders)]


def main(arguments: List[str]) -> int:
    verb = arguments[0] if arguments else "run"
    sentence = too_old(sys.version_info[:3], verb, _found(NEWER))
    if sentence:
        sys.stderr.write(sentence + "\n")
        return 1
    sys.path[0] = ROOT  # in place of config/, whose modules are not top-level ones
    from config.launch_verbs import launch

    return launch(verb)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
