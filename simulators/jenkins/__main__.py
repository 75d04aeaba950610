"""Serve the simulated Jenkins: python -m simulators.jenkins --port P --user U --password P --token T."""

from simulators.common import arguments, run
from simulators.jenkins.app import Jenkins
from simulators.jenkins.lab import Lab


def main() -> None:
    """Read the command line and serve until stopped."""
    parser = arguments("simulators.jenkins", "A simulated Jenkins.")
    parser.add_argument("--user", default="portal", help="the account that a portal uses; it does not administer")
    parser.add_argument("--password", required=True, help="its password; calls with it need a crumb")
    parser.add_argument("--token", required=True, help="its API token; calls with it need no crumb")
    parser.add_argument("--size", choices=("bare", "lab"), default="bare", help="lab: with agents and people")
    options = parser.parse_args()
    kind = Lab if options.size == "lab" else Jenkins
    run(kind(options.user, options.password, options.token), options)


if __name__ == "__main__":
    main()
