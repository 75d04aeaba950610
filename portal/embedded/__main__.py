import os
import subprocess
import sys

from portal.embedded import EmbeddedError, throwaway


def main(command: list[str]) -> int:
    """Runs `command` with the addresses of a throw-away pair in its environment; its exit status is ours."""
    try:
        with throwaway() as running:
            return subprocess.run(command, env={**os.environ, **running.environment}, check=False).returncode
    except EmbeddedError as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
