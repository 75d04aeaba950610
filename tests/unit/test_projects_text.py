"""What people type, and addresses of repositories."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.errors import Invalid
from projects.repositories import github_repository, is_login
from projects.text import account_name, clean_line, clean_name, clean_text, name_key

HIDDEN = [
    "\x00",
    "\x07",
    "\x1b",
    "\x7f",
    "\x9b",
    "\u202e",
    "\u2066",
    "\u200f",
    "\u200b",
    "\ufeff",
    "\u00ad",
    "\U000e0041",
    "\ud800",
]


@pytest.mark.parametrize("character", HIDDEN, ids=lambda one: f"U+{ord(one):04X}")
@pytest.mark.parametrize("clean", [clean_line, clean_text, clean_name])
def test_what_cannot_be_seen_is_named(clean, character):
    with pytest.raises(Invalid, match=f"U\\+{ord(character):04X}") as refused:
        clean(f"Open{character}BLAS", field="name")
    assert refused.value.field == "name"


@pytest.mark.parametrize(
    "text", ["日本語", "Ünïcode", "<script>alert(1)</script>", "a'; DROP TABLE x;--", "🙂", "می‌خواهم"]
)
def test_what_people_write_stays(text):
    assert clean_line(text, field="name") == text


def test_lines_and_texts_are_tidied():
    assert clean_line("  a \t b  ", field="x") == "a b"
    assert clean_text(" a \r\n\r\n b\u2028c \n", field="x") == "a\n\n b\nc"
    with pytest.raises(Invalid, match="one line"):
        clean_line("a\nb", field="x")


@pytest.mark.parametrize("clean", [clean_line, clean_text])
def test_what_is_too_long_says_how_much(clean):
    with pytest.raises(Invalid, match="11 characters long; shorten it to 10"):
        clean("x" * 11, field="x", longest=10)


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text):
    for clean in (clean_text, clean_name):
        try:
            once = clean(text, field="x")
        except Invalid:
            continue
        assert clean(once, field="x") == once


@pytest.mark.parametrize(
    ("one", "other"), [("OpenBLAS", "OPENBLAS"), ("ﬁx", "FIX"), ("Ａ", "a"), ("Straße", "STRASSE"), ("É", "e\u0301")]
)
def test_names_that_count_as_the_same(one, other):
    assert name_key(one) == name_key(other)


@given(st.text())
def test_a_names_key_is_its_own_key(text):
    assert name_key(name_key(text)) == name_key(text)


@pytest.mark.parametrize("name", ["...", "-", "🙂"])
def test_a_name_has_a_letter_or_digit(name):
    with pytest.raises(Invalid):
        clean_name(name)


@pytest.mark.parametrize(
    ("login", "account"),
    [("ada-porter", "ada-porter"), ("Ada", "ada"), ("4ever", "u4ever"), ("x" * 39, "x" * 32), ("-", "u")],
)
def test_accounts_on_linux(login, account):
    assert account_name(login) == account


HUB = "https://github.com"
REPOSITORIES = {
    "https://github.com/a/b": "a/b",
    "https://github.com/a/b.git": "a/b",
    "https://github.com/a/b/": "a/b",
    "https://github.com/A-b/c.d_e/tree/main": "A-b/c.d_e",
    "https://GITHUB.com/a/b?x=1#y": "a/b",
    "http://github.com/a/b": None,
    "https://github.com:8443/a/b": None,
    "https://github.com.evil.example/a/b": None,
    "https://evil.example/github.com/a/b": None,
    "https://github.com@evil.example/a/b": None,
    "https://user:pw@github.com/a/b": None,
    "https://github.com/a": None,
    "https://github.com/a/..": None,
    "https://github.com/../b": None,
    "https://github.com/a/%2e%2e": None,
    "https://github.com/-a/b": None,
    "https://github.com/a--b/c": None,
    "git@github.com:a/b.git": None,
    "javascript:alert(1)": None,
    "file:///etc/passwd": None,
    "https://[::1/a/b": None,
    "https://github.com:x/a/b": None,
    "": None,
}


@pytest.mark.parametrize(("url", "name"), REPOSITORIES.items())
def test_only_our_hub_has_repositories(url, name):
    assert github_repository(url, HUB) == name


def test_another_hub_by_setting():
    assert github_repository("http://127.0.0.1:9/a/b", "http://127.0.0.1:9") == "a/b"
    assert github_repository("https://github.com/a/b", "http://127.0.0.1:9") is None
    assert github_repository("https://github.com/a/b", "http://127.0.0.1:9", HUB) == "a/b"


@pytest.mark.parametrize(
    ("login", "fine"),
    [
        ("ada", True),
        ("a-b", True),
        ("x" * 39, True),
        ("x" * 40, False),
        ("-a", False),
        ("a-", False),
        ("a--b", False),
        ("a\n", False),
    ],
)
def test_logins(login, fine):
    assert is_login(login) is fine
