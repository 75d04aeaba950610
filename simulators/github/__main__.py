"""Serve the simulated GitHub: python -m simulators.github --port P."""

from simulators.common import arguments, run
from simulators.github.app import GitHub


def main() -> None:
    """Read the command line and serve until stopped."""
    parser = arguments("simulators.github", "A simulated GitHub: sign-in and the REST calls that a portal makes.")
    parser.add_argument("--client-id", default="", help="the one application that may sign people in; empty: any")
    parser.add_argument("--client-secret", default="", help="its secret; needed with --client-id")
    parser.add_argument("--callback", default="", help="its registered callback URL; empty: any http(s) URL")
    parser.add_argument("--hourly", type=int, default=60, help="REST calls an hour for an address without a token")
    options = parser.parse_args()
    if bool(options.client_id) != bool(options.client_secret):
        parser.error("--client-id and --client-secret go together")
    run(GitHub(options.client_id, options.client_secret, options.callback, options.hourly), options)


if __name__ == "__main__":
    main()
