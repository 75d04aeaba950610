"""Forms refuse in our own words: which field, and what to do."""

from collections.abc import Iterator

import pytest
from django import forms
from django.urls import get_resolver

CODES = ("required", "invalid")


def all_forms(kind: type[forms.BaseForm] = forms.BaseForm) -> Iterator[type[forms.BaseForm]]:
    for form in kind.__subclasses__():
        yield form
        yield from all_forms(form)


def our_forms() -> list[type[forms.BaseForm]]:
    assert get_resolver().url_patterns  # so that all pages, with their forms, are loaded
    ours = {form for form in all_forms() if form.__module__.startswith(("portal.", "projects.", "provisioning."))}
    return sorted(ours, key=lambda form: form.__qualname__)


def djangos_words(field: forms.Field) -> dict[str, str]:
    """What a field would say that is Django's sentence, which names neither the field nor a cure."""
    said: dict[str, str] = {}
    for kind in type(field).__mro__:
        if kind.__module__.startswith("django."):
            said = {code: str(words) for code, words in getattr(kind, "default_error_messages", {}).items()} | said
    bare = {code: words for code, words in said.items() if str(field.error_messages.get(code)) == words}
    return {code: bare[code] for code in CODES if code in bare and (field.required or code != "required")}


@pytest.mark.parametrize("form", our_forms(), ids=lambda form: form.__qualname__)
def test_no_field_that_people_fill_in_speaks_djangos_words(form):
    fields = getattr(form, "base_fields", {})
    seen = {name: field for name, field in fields.items() if not isinstance(field.widget, forms.HiddenInput)}
    assert {name: words for name, field in seen.items() if (words := djangos_words(field))} == {}
