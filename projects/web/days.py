"""Days as the lab counts them."""

from datetime import date, timedelta
from typing import Final

SATURDAY: Final = 5
FIRST_ANSWER: Final = 3  # business days within which the lab answers a request


def business_days_after(day: date, count: int) -> date:
    """The day `count` business days after `day`; Saturdays and Sundays are none."""
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < SATURDAY
    return day
