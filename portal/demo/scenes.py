"""What the demo shows when it starts: requests in every state, and with DEMO=lab a whole lab. Plain data."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from typing import Any, Final

from projects.amounts import Amount
from projects.grants import CiGrant, Grant, ServerLine

PROJECTS, SERVERS = 107, 265  # of the model lab
ON_POWER9: Final = 40  # servers; the others stand on POWER8
VOLUME_SIZES: Final = (20, 40, 60, 100)


@dataclass(frozen=True, slots=True)
class Scene:
    """One request and what became of it: `fate` is submitted, returned, declined or approved, `words` why."""

    login: str
    github_id: int
    fields: dict[str, Any]
    parts: tuple[tuple[str, str, Grant], ...]
    fate: str = "submitted"
    words: str = ""

    @property
    def servers(self) -> int:
        """How many servers its grants have."""
        return sum(line.count for _, _, grant in self.parts for line in grant.lines)


# The model lab's machine with GPUs; which one it is the catalog shows.
GPU_HOST: Final = {
    "model": "P100",
    "count": 2,
    "owner": "Department of Biology, University of Example",
    "cuda_first": "9.2",
    "cuda_last": "10.2",
    "driver_first": "418",
    "driver_last": "440",
    "label": "gpu-p100",
}
GPU_LOAN_DAYS: Final = 300


def story(name: str, **more: Any) -> dict[str, Any]:
    """The fields of a request, as the form would have them."""
    return {
        "name": name,
        "web_page": "https://example.org/",
        "repository_url": f"https://git.example.org/{name.lower().replace(' ', '-')}",
        "licence": "MIT",
        "mission": f"{name} wants to run as well on POWER as it does elsewhere.",
        "community": "A few thousand users, mostly through distributions",
        "purpose": "porting",
        "usage": "Builds and tests of each release, and debugging when one of them fails.",
        "duration_days": 365,
        **more,
    }


ADA: Final = ("ada-porter", 4101)
BEN: Final = ("ben-builder", 4102)
ADA_KEY: Final = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDS3FgyMeF5C8ySFoVwJyGdA5ctLQ3Necxx4npU4vIJw ada@example.org"
BEN_KEY: Final = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINVL6h1dWv8t9o3kmt9P6eZ47n7ckg98kEc8J3W94rAX ben@example.org"

SMALL: Final = (
    Scene(
        *ADA,
        story(
            "Fastcodec",
            web_page="https://fastcodec.example.org/",
            repository_url="https://github.com/ada-porter/fastcodec",
            licence="Apache-2.0",
            mission="A fast audio codec whose vector code has to be written for each processor by hand.",
            ssh_keys=[ADA_KEY],
            contacts=[{"name": "Ada Porter", "email": "ada@example.org"}],
        ),
        (
            ("ci", "power9", Grant(ci=CiGrant(("https://github.com/ada-porter/fastcodec",)))),
            (
                "cloud",
                "power8",
                Grant(access=Amount(vcpus=16, ram_mib=32 * 1024, volumes=4, volume_gib=200, instances=4)),
            ),
            (
                "managed",
                "power9",
                Grant(
                    lines=(
                        ServerLine("build", "p9.medium", "debian-12-ppc64le", 1, 60, (443,)),
                        ServerLine("old", "p9.small", "fedora-40-ppc64le", 1, 0),  # whose end is near
                    )
                ),
            ),
        ),
        "approved",
        "Well known here and a good fit. Welcome!",
    ),
    Scene(
        *BEN,
        story(
            "ShelfDB",
            repository_url="https://github.com/ben-builder/shelfdb",
            licence="BSD-3-Clause",
            mission="An embedded database in one file, used by phones and ships alike.",
            purpose="ci",
            ssh_keys=[BEN_KEY],
            contacts=[{"name": "Ben Builder", "email": "ben@example.org"}],
        ),
        (("managed", "power9", Grant(lines=(ServerLine("ci", "p9.small", "fedora-40-ppc64le", 1, 40),))),),
    ),
    Scene(
        *BEN,
        story(
            "Mixed Terms",
            repository_url="https://github.com/ben-builder/mixed-terms",
            licence="GPL-2.0-or-later",
            mission="A renderer that grew out of several others.",
            ssh_keys=[BEN_KEY],
        ),
        (("managed", "power8", Grant(lines=(ServerLine("render", "p8.large", "debian-12-ppc64le", 1, 100),))),),
        "returned",
        "GitHub cannot name the licence of the repository. Which files are under which licence?",
    ),
    Scene(
        *BEN,
        story("Scratchpad", licence="MIT", usage="I would like to try things out.", ssh_keys=[BEN_KEY]),
        (("managed", "power9", Grant(lines=(ServerLine("try", "p9.small", "debian-12-ppc64le", 1, 0),))),),
        "declined",
        "We lend to projects with users of their own; please come back when it has some.",
    ),
)


def lab() -> Iterator[Scene]:
    """The projects that a lab of this size has besides those of the small demo, each with its servers."""
    approved = [scene for scene in SMALL if scene.fate == "approved"]
    projects, servers = PROJECTS - len(approved), SERVERS - sum(scene.servers for scene in approved)
    counts = [servers // projects + (number < servers % projects) for number in range(projects)]
    sizes, newer = cycle(VOLUME_SIZES), ON_POWER9
    for number, count in enumerate(counts, 1):
        generation, newer = ("power9", newer - count) if newer >= count else ("power8", newer)
        yield _project(number, generation, count, next(sizes))


def _project(number: int, generation: str, count: int, volume_gib: int) -> Scene:
    flavor = "p9.small" if generation == "power9" else "p8.small"
    line = ServerLine("build", flavor, "debian-12-ppc64le", count, volume_gib)
    key = ADA_KEY.rpartition(" ")[0] + f" maintainer-{number}@example.org"
    return Scene(
        f"maintainer-{number:03}",
        90_000 + number,
        story(f"{NAMES[number % len(NAMES)]} {number:03}", ssh_keys=[key]),
        (("managed", generation, Grant(lines=(line,))),),
        "approved",
        "Approved.",
    )


NAMES: Final = (
    "Arraylang",
    "Bitstream",
    "Coreutil",
    "Dataframe",
    "Emulator",
    "Filesystem",
    "Graphkit",
    "Hypertext",
    "Imagelib",
    "Jitcompiler",
    "Kernelkit",
    "Linalg",
    "Mathlib",
    "Netstack",
    "Objectstore",
    "Parser",
    "Queue",
    "Raytracer",
    "Solver",
    "Tensorkit",
    "Unicode",
    "Virtual",
    "Webserver",
    "Xmlkit",
    "Zipper",
)
