"""The labels of a Jenkins agent, from what is known of its machine. Pure."""

import re
from dataclasses import dataclass
from typing import Final

from projects.errors import Invalid

# Words that an expression of labels takes as one atom: no operator, no quote, no bracket, no space.
LABEL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}", re.ASCII)
GPU: Final = "gpu"
LEGACY: Final = "nvidia-docker"  # what jobs written for the old tool still ask for


@dataclass(frozen=True, slots=True)
class AgentFacts:
    """What an agent's labels follow from; `generation` is a slug such as power9, `gpu` the label of its GPUs."""

    architecture: str
    generation: str
    docker: bool = True
    gpu: str = ""


def labels(facts: AgentFacts) -> tuple[str, ...]:
    """`ppc64le power9 docker gpu gpu-p100 nvidia-docker`, each word once. Raises Invalid for what is no label."""
    words = [facts.architecture, facts.generation, *(["docker"] if facts.docker else [])]
    if facts.gpu:
        words += [GPU, facts.gpu, *([LEGACY] if facts.docker else [])]
    return tuple(dict.fromkeys(checked_label(word) for word in words))


def checked_label(word: str, *, field: str = "label") -> str:
    """The word, if jobs can ask for it as it stands. Raises Invalid."""
    if LABEL.fullmatch(word):
        return word
    cure = "use letters, digits, hyphens, points and underscores, 40 at most, such as gpu-p100"
    raise Invalid(f"“{word[:40]}” is no label: {cure}.", field=field)


def gpu_label(model: str) -> str:
    """The label of a GPU's model: `gpu-p100`."""
    return checked_label(f"{GPU}-{model.lower()}", field="model")
