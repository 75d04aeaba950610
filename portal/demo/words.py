"""What the demo tells on the terminal."""

from collections.abc import Mapping

LOGINS = {
    "ada-porter": "maintainer of a project: asks for access and uses it",
    "ben-builder": "maintainer of another project",
    "eve-outsider": "belongs to no project",
    "olga-operator": "operator: works at the desk",
    "otto-operator": "operator: the second pair of eyes",
    "dana-director": "staff: approves what is over the operators' limit",
}
OPERATORS = ("olga-operator", "otto-operator")
STAFF = ("dana-director",)


def welcome(url: str, simulated: Mapping[str, str], logs: str) -> str:
    """What to open, as whom, and what to try; `simulated` says where each simulator is."""
    people = "\n".join(f"  {login:<15} {role}" for login, role in LOGINS.items())
    systems = ", ".join(f"{name} {address}" for name, address in simulated.items())
    return f"""
Portico runs at {url}

Sign in there: the simulated GitHub lets you choose who you are.
{people}

Try this:
  1. as ada-porter, ask for a POWER9 server and a volume for a new project, Wavefilter
     (its repository is https://github.com/ada-porter/wavefilter)
  2. as olga-operator, claim the request at the desk, look at the checks, approve it
  3. as ada-porter again, watch the steps on the project page until the ssh line is there
  4. give it back, and see that nothing is left
  5. as ada-porter, build about-the-agents of Fastcodec's CI, there or in Jenkins, and read its log

Simulated: {systems}
Logs are in {logs}. Ctrl-C stops everything, `make demo` goes on from there, `make reset` clears it.
"""
