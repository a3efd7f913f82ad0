"""From what a cell holds to a literal, and never further than it holds."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharewell.ingest.grids import Value
from sharewell.ingest.values import (
    Unreadable,
    address_value,
    as_text,
    boolean_value,
    date_value,
    folded,
    months_value,
    number_value,
    tidy,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (datetime(2024, 3, 1), "2024-03-01"),
        (datetime(2024, 3, 1, 14, 30), "2024-03-01"),
        ("2024-03-01", "2024-03-01"),
        (" 2024-3-1 ", "2024-03-01"),
        ("2024-03-01 00:00:00", "2024-03-01"),
        ("31/01/2024", "2024-01-31"),
        ("01/31/2024", "2024-01-31"),
        ("04.04.2024", "2024-04-04"),
        ("1er février 2024", "2024-02-01"),
        ("5 Jan. 2024", "2024-01-05"),
        ("January 5th, 2024", "2024-01-05"),
        ("2024-03", "2024-03"),
        ("mars 2024", "2024-03"),
        ("2024", "2024"),
        (2024, "2024"),
        (45352, "2024-03-01"),
        ("45352", "2024-03-01"),
        (60, "1900-02-28"),  # the day that the calendar of Excel has and the calendar has not
        (61, "1900-03-01"),
    ],
)
def test_dates(value: Value, expected: str) -> None:
    assert date_value(value).value == expected


def test_the_other_date_system() -> None:
    assert date_value(43890, starts_1904=True).value == date_value(45352).value == "2024-03-01"


@pytest.mark.parametrize("value", ["03/04/2024", "soon", "2024-02-30", "31/31/2024", True, -5, "13 brumaire 1799"])
def test_what_is_no_date_or_two_dates_is_not_read(value: Value) -> None:
    with pytest.raises(Unreadable):
        date_value(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0,98", "0.98"),
        ("1 234,56", "1234.56"),
        ("1\u202f234,56", "1234.56"),
        ("1.234,5", "1234.5"),
        ("1,234.5", "1234.5"),
        ("1,234,567", "1234567"),
        ("-12", "-12"),
        (0.98, "0.98"),
        (5.0, "5"),
        (1e-7, "0.0000001"),
    ],
)
def test_numbers(value: Value, expected: str) -> None:
    assert number_value(value).value == expected


@pytest.mark.parametrize("value", ["1,234", "12 %", "many", "", True, float("nan")])
def test_what_is_no_number_or_two_numbers_is_not_read(value: Value) -> None:
    with pytest.raises(Unreadable):
        number_value(value)


def test_a_whole_number_is_whole() -> None:
    assert number_value("1,234", whole=True).value == "1234"
    with pytest.raises(Unreadable):
        number_value("1.5", whole=True)


def test_other_values() -> None:
    assert [boolean_value(text).value for text in ("yes", "Oui", "x", True, 0, "Faux")] == ["true"] * 4 + ["false"] * 2
    assert [months_value(text).value for text in ("P3Y11M", "P3M", "P2Y", 12)] == ["47", "3", "24", "12"]
    assert address_value("https://example.org/a").value == "https://example.org/a"
    for read, text in ((boolean_value, "perhaps"), (address_value, "www.example.org"), (months_value, "P3D")):
        with pytest.raises(Unreadable):
            read(text)


@given(st.text())
def test_tidying_a_text_twice_is_tidying_it_once(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)
    assert folded(folded(text)) == folded(text)


@given(st.dates(min_value=date(1900, 3, 1), max_value=date(2199, 12, 31)))
def test_a_day_is_the_same_however_it_is_stored(day: date) -> None:
    serial = (day - date(1899, 12, 30)).days
    forms: list[Value] = [day.isoformat(), datetime.combine(day, datetime.min.time()), f"{day.day} {day:%B} {day.year}"]
    if serial not in range(1800, 2200):
        forms += [serial, float(serial)]
    assert {date_value(form).value for form in forms} == {day.isoformat()}


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9))
def test_a_number_is_the_same_with_a_comma_and_with_a_point(number: Decimal) -> None:
    text = f"{number:.4f}"
    assert Decimal(number_value(text).value) == Decimal(number_value(text.replace(".", ",")).value) == number


@given(st.integers(min_value=-(10**14), max_value=10**14))
def test_a_whole_number_is_the_same_as_text_and_as_a_number(number: int) -> None:
    assert as_text(float(number)) == as_text(number) == as_text(str(number))
