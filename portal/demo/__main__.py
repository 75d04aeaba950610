import sys

from portal.demo.home import DemoError, Home
from portal.demo.supervisor import Supervisor, reset
from portal.embedded import EmbeddedError


def say(text: str) -> None:
    print(text, flush=True)


def main(arguments: list[str]) -> int:
    """`python -m portal.demo` runs the demo, `python -m portal.demo reset` clears its data."""
    home = Home.prepare()
    try:
        if arguments == ["reset"]:
            reset(home)
            say("The demo's data is cleared.")
        else:
            Supervisor(home, say).run()
    except (DemoError, EmbeddedError) as error:
        say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
