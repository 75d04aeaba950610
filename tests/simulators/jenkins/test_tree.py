"""What `depth` and `tree` leave of an object."""

from typing import Any

import pytest

from simulators.jenkins.tree import Bean, pruned
from tests.simulators.jenkins.ci import Ci


def shelf() -> Bean:
    """A shelf of books, each with an author who is as deep as the book."""
    author = Bean({"_class": "Author", "name": "Ada", "born": 1815}, name=2)
    books = [
        Bean({"_class": "Book", "isbn": number, "title": f"T{number}", "author": author}, title=2)
        for number in range(4)
    ]
    return Bean({"_class": "Shelf", "books": books, "first": books[0], "by": {"x": 1, "y": None}}, inline=["first"])


def never() -> Any:
    raise AssertionError("computed although it is not shown")


@pytest.mark.parametrize(
    ("depth", "book"),
    [
        (0, {"_class": "Book", "title": "T1"}),
        (1, {"_class": "Book", "isbn": 1, "title": "T1", "author": {"_class": "Author", "name": "Ada"}}),
        (2, {"_class": "Book", "isbn": 1, "title": "T1", "author": {"_class": "Author", "name": "Ada", "born": 1815}}),
    ],
)
def test_f15_each_depth_shows_one_level_more(depth: int, book: dict[str, Any]) -> None:
    assert pruned(shelf(), {"depth": str(depth)})["books"][1] == book


def test_f15_what_is_inline_is_as_deep_as_what_it_is_in() -> None:
    assert pruned(shelf(), {})["first"] == {
        "_class": "Book",
        "isbn": 0,
        "title": "T0",
        "author": {"_class": "Author", "name": "Ada"},
    }


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        ("by", {"by": {"x": 1, "y": None}}),
        ("books", {"books": [{"_class": "Book"}] * 4}),
        ("books[isbn]{1,3}", {"books": [{"_class": "Book", "isbn": 1}, {"_class": "Book", "isbn": 2}]}),
        ("books[isbn]{,1},by", {"books": [{"_class": "Book", "isbn": 0}], "by": {"x": 1, "y": None}}),
        ("books[isbn]{3,}", {"books": [{"_class": "Book", "isbn": 3}]}),
        ("books[isbn]{2}", {"books": [{"_class": "Book", "isbn": 2}]}),
        (
            "first[author[born],isbn]",
            {"first": {"_class": "Book", "isbn": 0, "author": {"_class": "Author", "born": 1815}}},
        ),
        ("first[*]", {"first": {"_class": "Book", "isbn": 0, "title": "T0", "author": {"_class": "Author"}}}),
        ("absent", {}),
    ],
)
def test_f15_a_tree_shows_exactly_what_it_names(tree: str, expected: dict[str, Any]) -> None:
    assert pruned(shelf(), {"tree": tree, "depth": "9"}) == {"_class": "Shelf"} | expected


def test_f15_what_is_not_shown_is_not_computed() -> None:
    assert pruned(Bean({"a": never, "b": lambda: Bean({"c": 1})}), {"tree": "b[c]"}) == {"b": {"c": 1}}


@pytest.mark.parametrize(
    "query", ["tree=a[", "tree=a]", "tree=,a", "tree=a,", "tree=a{x}", "tree=a{1,2", "tree=a{}", "tree=a{,}", "depth=x"]
)
def test_f15_a_malformed_question_is_500(ci: Ci, query: str) -> None:
    answer = ci.portal.get(f"/api/json?{query}")
    assert answer.status_code == 500
    assert "A problem occurred while processing the request" in answer.text
