"""How pages say dates and what is wrong: one form of each."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from django import forms

from projects.templatetags.shown import complaints, day, moment

AT = datetime(2026, 11, 5, 23, 20, 30, tzinfo=UTC)


@pytest.mark.parametrize("value", [AT, AT.date(), "2026-11-05T23:20:30.000000Z"])
def test_a_day_has_one_form(value):
    assert day(value) == '<time datetime="2026-11-05">5 November 2026</time>'


def test_a_moment_has_one_form_in_utc():
    assert moment(AT) == '<time datetime="2026-11-05T23:20:30+00:00">5 November 2026, 23:20 UTC</time>'
    east = AT.astimezone(timezone(timedelta(hours=9)))
    assert ">5 November 2026, 23:20 UTC<" in moment(east)
    assert ">5 November 2026<" in day(east)


@pytest.mark.parametrize("say", [day, moment])
def test_what_never_was_is_not_said(say):
    assert say(None) == ""


def test_no_template_says_a_date_in_another_form(repository):
    wrong = [
        f"{path.relative_to(repository)}: {line.strip()}"
        for path in (repository / "templates").rglob("*.html")
        for line in path.read_text().splitlines()
        if "|date:" in line
    ]
    assert not wrong


class Row(forms.Form):
    count = forms.IntegerField(label="How many")
    fate = forms.ChoiceField(label="Decision", choices=[("a", "A")], widget=forms.RadioSelect)

    def clean(self):
        raise forms.ValidationError("Not together.")


def test_each_complaint_leads_to_a_control_of_its_field():
    first, second = Row({"a-count": "1", "a-fate": "a"}, prefix="a"), Row({"b-count": "x"}, prefix="b")
    second.title = "Row 2"
    told = [(one.anchor, one.label) for one in complaints([first, second])]
    assert told == [
        ("", ""),
        ("", "Row 2"),
        ("id_b-count", "Row 2, How many"),
        ("id_b-fate_0", "Row 2, Decision"),
    ]
    assert complaints(first)[0].words == "Not together."
    assert complaints(Row()) == []


def test_a_day_is_that_of_utc():
    assert day(datetime(2026, 11, 6, 1, 0, tzinfo=timezone(timedelta(hours=9)))) == day(date(2026, 11, 5))
