"""Runs `openstack` commands one after the other in one process: starting the client anew costs a second each time.

The client keeps its first sign-in for the life of the process, so each person needs a process of their own.
Each line of standard input is a JSON list of arguments, each line of standard output [exit status, output] as JSON.
"""

import contextlib
import io
import json
import sys

from openstackclient import shell


def run(words: list[str]) -> tuple[int, str]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            status = shell.main(words)
        except SystemExit as end:  # wrong usage
            status = end.code if isinstance(end.code, int) else 1
    return status or 0, out.getvalue()


def main() -> None:
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
