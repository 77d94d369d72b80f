"""Places: all divisions, their paths, and how names find them."""

from __future__ import annotations

from collections import Counter

import pytest

from tracker.ledger.reference import divisions
from tracker.model.places import ROOT, Place, PlaceLevel, Unit

PLACES = divisions()


def place(code: str) -> Place:
    found = PLACES.find(code)
    assert found is not None
    return found


def test_every_division_of_the_standard_is_there() -> None:
    everywhere = [PLACES.find(f"{number:06d}") for number in range(110_000, 830_000)]
    levels = Counter(found.level for found in everywhere if found is not None)
    assert sum(levels.values()) == 3212
    assert levels[PlaceLevel.COUNTY] == 2845
    assert levels[PlaceLevel.PROVINCE] == 34


def test_shanxi_has_11_cities_and_117_counties() -> None:
    shanxi = place("14")
    assert len(PLACES.cities(shanxi)) == 11
    assert len(PLACES.units(shanxi)) == 117


@pytest.mark.parametrize(
    ("code", "path"),
    [
        ("14", "14"),
        ("1407", "14/1407"),
        ("140702", "14/1407/140702"),
        ("419001", "41/419001"),
        ("110101", "11/110101"),
        ("441900", "44/4419"),
        ("000000", ""),
    ],
)
def test_a_path_runs_from_the_province_down(code: str, path: str) -> None:
    assert place(code).path == path


def test_codes_may_be_filled_up_or_not() -> None:
    assert place("14") is place("140000")
    assert place("1407") is place("140700")
    assert PLACES.find("140799") is None
    assert PLACES.find("1") is None
    assert PLACES.find("") is None


def test_what_hangs_on_a_province_is_its_own_city() -> None:
    assert PLACES.city(place("419001")) == place("419001")
    assert PLACES.city(place("140702")) == place("1407")
    assert PLACES.province(place("419001")) == place("41")


@pytest.mark.parametrize("code", ["441900", "442000", "460400", "620200"])
def test_a_city_without_counties_is_itself_a_unit(code: str) -> None:
    assert PLACES.is_unit(place(code))
    assert place(code) in PLACES.units(place(code[:2]))


def test_a_zone_hangs_under_its_city_and_leaves_the_divisions_as_they_are() -> None:
    with_zone = PLACES.with_units([Unit("140771", "晋中开发区", "140700")])
    zone = with_zone.find("140771")
    assert zone is not None
    assert zone.path == "14/1407/140771"
    assert zone.within(place("1407"))
    assert zone in with_zone.units(place("1407"))
    assert with_zone.named("晋中开发区", place("1407")) == [zone]
    assert PLACES.find("140771") is None
    assert len(PLACES.units(place("1407"))) == 11


def test_scope_is_the_start_of_the_path() -> None:
    assert place("140702").within(place("14"))
    assert place("140702").within(ROOT)
    assert not place("140702").within(place("1404"))
    assert not place("14").within(place("1407"))


def test_chengqu_exists_twice_in_shanxi() -> None:
    codes = [found.code for found in PLACES.named("城区", place("14"))]
    assert codes == ["140302", "140502"]
    assert [found.code for found in PLACES.named("城区", place("1403"))] == ["140302"]
    assert [found.code for found in PLACES.named("阳泉市城区", place("14"))] == ["140302"]
    assert [found.code for found in PLACES.named("山西省晋城市城区", place("14"))] == ["140502"]


def test_names_are_found_inside_the_scope_only() -> None:
    assert [found.code for found in PLACES.named(" 榆次区\n", place("1407"))] == ["140702"]
    assert PLACES.named("榆次区", place("1404")) == []


def test_the_nearest_name_lies_inside_the_scope_first() -> None:
    assert PLACES.nearest("榆茨区", place("1407")) == place("140702")
    far = PLACES.nearest("石景出区", place("1407"))
    assert far is not None
    assert far.name == "石景山区"
    assert PLACES.nearest("约三千", place("1407")) is None
