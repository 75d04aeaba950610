"""The labels of agents: the words that jobs ask for, and never one that an expression would take apart."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.errors import Invalid
from projects.labels import AgentFacts, checked_label, gpu_label, labels

WORD = string.ascii_letters + string.digits + "._-"
words = st.text(WORD, min_size=1, max_size=40).filter(lambda word: word[0] not in "._-")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (AgentFacts("ppc64le", "power9"), "ppc64le power9 docker"),
        (AgentFacts("ppc64le", "power9", gpu="gpu-p100"), "ppc64le power9 docker gpu gpu-p100 nvidia-docker"),
        (AgentFacts("ppc64le", "power8", docker=False), "ppc64le power8"),
        (AgentFacts("ppc64le", "power8", docker=False, gpu="gpu-v100"), "ppc64le power8 gpu gpu-v100"),
        (AgentFacts("x86_64", "x86-64-v3"), "x86_64 x86-64-v3 docker"),
        (AgentFacts("x86_64", "x86_64", gpu="gpu"), "x86_64 docker gpu nvidia-docker"),
    ],
)
def test_labels_follow_from_facts(facts: AgentFacts, expected: str) -> None:
    assert " ".join(labels(facts)) == expected


@given(words, words, st.booleans(), st.just("") | words)
def test_labels_are_words_each_once(architecture: str, generation: str, docker: bool, gpu: str) -> None:
    found = labels(AgentFacts(architecture, generation, docker, gpu))
    assert len(set(found)) == len(found)
    assert {architecture, generation} <= set(found)
    assert ("docker" in found) >= docker
    assert " ".join(found).split() == list(found)


@given(st.text(min_size=1, max_size=10), st.sampled_from("&|!<>()\"' \t\n,;=\u00a0\u200b"), st.text(max_size=10))
def test_what_an_expression_takes_apart_is_no_label(before: str, operator: str, after: str) -> None:
    with pytest.raises(Invalid, match="is no label: use letters"):
        checked_label(before + operator + after)


@pytest.mark.parametrize("word", ["", "-gpu", ".", "a" * 41, "gpu && !mine", "gpu->p100", "größe", "gpu\n"])
def test_other_words_that_are_no_labels(word: str) -> None:
    with pytest.raises(Invalid) as refused:
        labels(AgentFacts("ppc64le", word))
    assert refused.value.field == "label"


@pytest.mark.parametrize(("model", "label"), [("P100", "gpu-p100"), ("V100", "gpu-v100"), ("RTX-6000", "gpu-rtx-6000")])
def test_the_label_of_a_gpu(model: str, label: str) -> None:
    assert gpu_label(model) == label


def test_a_model_of_two_words_makes_no_label() -> None:
    with pytest.raises(Invalid) as refused:
        gpu_label("Tesla P100")
    assert refused.value.field == "model"
