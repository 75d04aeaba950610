"""The accounts and repositories that the simulated GitHub knows when it starts: plain data, nothing else."""

from typing import Any, Final

# The halves that would unlock these keys were thrown away when the keys were made.
_ED25519: Final = (
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDS3FgyMeF5C8ySFoVwJyGdA5ctLQ3Necxx4npU4vIJw",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINVL6h1dWv8t9o3kmt9P6eZ47n7ckg98kEc8J3W94rAX",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsy6tJQ9VNe21wcZBAf1n43NI3A2jAtgt74s25BKt99",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPRDj/2eB4IEJ3BcmqWYMgPOoqC1X8E81lPn5FSslZ+J",
)
_ECDSA: Final = (
    "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBPF9LCER/DSjn3JhIBhJnRUif"
    "wiiuPxD4WKQRkcy8O9AciSraltF5H6Xj6yj6NpZipOoTwn7v/ZB/qL7OqM8FI0="
)
# 1024 bits: GitHub still serves such old keys, a portal must refuse them.
_WEAK_RSA: Final = (
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDL0gMwBi/ct781vKwdNvtTyHGN96NbnaaXGxlYGCgRjqD9S5ct5aMufP1AWHGxa2"
    "+nnZNr4uv0bpLTkTgMH2e22fJKpUxQwMuIxBkNyitsLXO6uhsssRI6yGIjCcVnTM+GaPWP+m7LCXsCIQvD6cCHVgPnNfrznRCcONPqkkJpZw=="
)


def account(
    number: int,
    login: str,
    name: str,
    group: str = "",
    may: str = "",
    keys: tuple[str, ...] = (),
) -> Any:
    """One account as the simulator stores it: `number` is the id that stays when the login changes."""
    return {
        "id": number,
        "login": login,
        "name": name,
        "group": group,
        "may": may,
        "keys": [{"id": number * 10 + i, "key": key} for i, key in enumerate(keys)],
        "emails": [
            {
                "email": f"{login}@example.org",
                "primary": True,
                "verified": True,
                "visibility": "private",
            }
        ],
    }


def repository(number: int, owner: int, name: str, spdx: str | None, description: str, **more: Any) -> Any:
    """One repository; `spdx` None is a repository without a licence, NOASSERTION one that GitHub cannot name."""
    facts = {
        "homepage": "",
        "language": "C",
        "topics": [],
        "archived": False,
        "disabled": False,
        "fork": False,
    }
    return (
        facts
        | {
            "id": number,
            "owner": owner,
            "name": name,
            "spdx": spdx,
            "description": description,
        }
        | more
    )


ACCOUNTS: Final = (
    account(
        4101,
        "ada-porter",
        "Ada Porter",
        "Maintainers of a project",
        "Asks for access for a codec library and then uses what was granted.",
        (_ED25519[0], _ECDSA),
    ),
    account(
        4102,
        "ben-builder",
        "Ben Builder",
        "Maintainers of a project",
        "Maintains a small database; has an old weak key that Portico refuses.",
        (_ED25519[1], _WEAK_RSA),
    ),
    account(
        4201,
        "eve-outsider",
        "Eve Outsider",
        "Somebody else",
        "Belongs to no project: must see nothing of the others.",
    ),
    account(
        4301,
        "olga-operator",
        "Olga Operator",
        "The lab’s operators",
        "Works at the desk: claims, checks and approves requests within the operators’ limit.",
        (_ED25519[2],),
    ),
    account(
        4302,
        "otto-operator",
        "Otto Operator",
        "The lab’s operators",
        "The second pair of eyes at the desk.",
    ),
    account(
        4401,
        "dana-director",
        "Dana Director",
        "The lab’s staff",
        "Approves what is over the operators’ limit; maintenance and policy.",
        (_ED25519[3],),
    ),
)

REPOSITORIES: Final = (
    repository(
        7001,
        4101,
        "fastcodec",
        "Apache-2.0",
        "A fast audio codec with hand-written vector code",
        homepage="https://fastcodec.example.org",
        topics=["audio", "codec", "simd"],
        stars=1840,
        was=["ada-porter/quickcodec"],
    ),
    repository(
        7002,
        4101,
        "old-decoder",
        "MIT",
        "The decoder of ten years ago",
        archived=True,
        stars=35,
    ),
    repository(
        7007,
        4101,
        "wavefilter",
        "MIT",
        "Filters for sampled sound, to be ported to POWER",
        topics=["audio", "simd"],
        stars=212,
    ),
    repository(
        7003,
        4102,
        "shelfdb",
        "BSD-3-Clause",
        "An embedded database in one file",
        language="Rust",
        stars=9321,
    ),
    repository(
        7004,
        4102,
        "scratchpad",
        None,
        "Notes and half-finished things",
        language="Python",
        stars=2,
    ),
    repository(
        7005,
        4102,
        "mixed-terms",
        "NOASSERTION",
        "Several licences in one tree",
        language="C++",
        stars=410,
    ),
    repository(
        7006,
        4201,
        "compiler-bench",
        "GPL-3.0",
        "Measures compilers",
        language="C++",
        stars=88,
    ),
    repository(7007, 4201, "taken-down", "MIT", "Blocked after a notice", blocked=True),
)

LICENCES: Final = {
    "Apache-2.0": ("apache-2.0", "Apache License 2.0"),
    "MIT": ("mit", "MIT License"),
    "BSD-3-Clause": ("bsd-3-clause", 'BSD 3-Clause "New" or "Revised" License'),
    "GPL-3.0": ("gpl-3.0", "GNU General Public License v3.0"),
    "NOASSERTION": ("other", "Other"),
}
