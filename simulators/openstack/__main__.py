"""`python -m simulators.openstack --port P [--state FILE] [--clouds-yaml FILE]`."""

import os
from pathlib import Path

from simulators.common import Server, arguments, run
from simulators.common.state import StateFile
from simulators.openstack.cloud import Cloud

CLOUDS = """# Written by the simulated cloud at its start.
clouds:
  simulated:
    auth:
      auth_url: {url}/identity/v3
      username: portal
      password: {password}
      project_name: portal
      user_domain_name: Default
      project_domain_name: Default
    region_name: RegionOne
    identity_api_version: 3
    volume_api_version: 3
    interface: public
    api_timeout: 20
"""


def write_clouds(path: Path, url: str, password: str) -> None:
    """A clouds.yaml with the cloud `simulated`, readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(CLOUDS.format(url=url, password=password))
    fresh.replace(path)


def main() -> None:
    """Read the command line, serve until told to stop."""
    parser = arguments("simulators.openstack", "A simulated OpenStack on one port.")
    parser.add_argument("--clouds-yaml", type=Path, help="file to write, with the cloud `simulated`")
    parser.add_argument("--build-seconds", type=float, default=5.0, help="seconds from create to ACTIVE")
    parser.add_argument("--size", choices=("lab", "small"), default="lab", help="how many hosts there are")
    parser.add_argument("--url", help="address that clients reach it by, where it is not the one it listens on")
    options = parser.parse_args()
    cloud = Cloud(options.size, options.build_seconds)
    if options.state:
        # the password in clouds.yaml is the one that was kept
        StateFile(options.state, cloud).load()
    server = Server(cloud, options.port, options.host)
    if options.clouds_yaml:
        write_clouds(options.clouds_yaml, options.url or server.url, cloud.password or "")
    run(cloud, options, server)


if __name__ == "__main__":
    main()
