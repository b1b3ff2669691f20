"""Acting from ``/today`` and from the page of a promise, end to end: with the script that puts
answers in place, and without it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Opening
from tests.browser.windows import Window

pytestmark = pytest.mark.xdist_group("browser")

scripts = pytest.mark.parametrize("scripts", [True, False], ids=["script", "no script"])


def line_of(looking: Window, id: str) -> Locator:
    """The line of a promise in a list of ``/today``."""
    return looking.page.locator("table.cards tbody").filter(
        has=looking.page.get_by_role("rowheader", name=id, exact=True)
    )


def first_of(looking: Window, show: str) -> str:
    """The promise that heads a list of ``/today``, which is open then."""
    looking.open(f"/today?show={show}")
    return looking.page.locator("table.cards tbody th").first.inner_text()


def deciding(looking: Window, id: str, form: str) -> Locator:
    """A form of a line, which is open then."""
    line = line_of(looking, id)
    line.get_by_role("link", name="Decide").click()
    found = line.get_by_role("form", name=form, exact=True)
    expect(found).to_be_visible()
    return found


def history(looking: Window, id: str) -> list[str]:
    """The types of all that happened to a promise."""
    return [one["type"] for one in looking.ask(f"/v1/commitments/{id}")["history"]]


def test_a_promise_is_honoured_by_keyboard_alone(looking: Window) -> None:
    id, page = first_of(looking, "overdue"), looking.page
    line_of(looking, id).get_by_role("link", name="Decide").focus()
    page.keyboard.press("Enter")
    done = line_of(looking, id).get_by_role("button", name="It is done", exact=True)
    expect(done).to_be_visible()
    page.keyboard.press("Tab")  # on whose behalf
    page.keyboard.press("Tab")
    expect(done).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Recorded.")
    expect(page.get_by_role("status")).to_be_focused()
    expect(line_of(looking, id)).to_contain_text("kept late")
    assert looking.path == "/today?show=overdue"
    page.reload()
    expect(line_of(looking, id)).to_have_count(0)
    assert history(looking, id)[-1] == "commitment.honoured"


def test_a_promise_is_honoured_without_a_script(opening: Opening) -> None:
    looking = opening(scripts=False)
    id = first_of(looking, "overdue")
    deciding(looking, id, "It is done").get_by_role("button").click()
    expect(line_of(looking, id)).to_have_count(0)
    assert looking.path.startswith("/today?show=overdue")
    assert history(looking, id)[-1] == "commitment.honoured"


@scripts
def test_a_date_is_moved_with_consent(opening: Opening, scripts: bool) -> None:
    looking = opening(scripts=scripts)
    id = first_of(looking, "soon")
    form = deciding(looking, id, "Give another date")
    form.get_by_label("new date (UTC)").fill("2026-01-04T09:30")
    form.get_by_label("Customer's consent").select_option("the customer agreed")
    form.get_by_role("button").click()
    expect(line_of(looking, id)).to_contain_text("4 January 2026, 09:30")
    found = looking.ask(f"/v1/commitments/{id}")
    assert found["agreed_due_at"] == found["latest_due_at"] == "2026-01-04T09:30:00Z"


@scripts
def test_a_promise_is_handed_over_and_accepted(opening: Opening, scripts: bool) -> None:
    looking, other = opening(scripts=scripts), "nursery" if scripts else "greenhouse"
    id = first_of(looking, "overdue")
    form = deciding(looking, id, "Hand it over")
    form.get_by_label("to the department").fill(other)
    form.get_by_role("button").click()
    expect(line_of(looking, id).locator("tr").first).to_contain_text("nobody")
    looking.open("/today?show=nobodys")
    deciding(looking, id, "Accept it").get_by_role("button").click()
    if scripts:
        expect(line_of(looking, id).locator("tr").first).not_to_contain_text("nobody")
    else:
        expect(line_of(looking, id)).to_have_count(0)
    looking.open(f"/today?department={other}")
    expect(line_of(looking, id)).to_contain_text(other)


def test_a_click_too_many_is_one_decision(looking: Window) -> None:
    id = first_of(looking, "overdue")
    deciding(looking, id, "It is done").get_by_role("button").dblclick()
    expect(line_of(looking, id)).to_contain_text("kept late")
    assert history(looking, id).count("commitment.honoured") == 1


@scripts
def test_the_second_of_two_windows_is_told_what_is_so(opening: Opening, scripts: bool) -> None:
    first = opening(scripts=scripts)
    second = first.another()
    id = first_of(first, "overdue")
    second.open("/today?show=overdue")
    late = deciding(second, id, "It is done")
    deciding(first, id, "It is done").get_by_role("button").click()
    if scripts:
        expect(first.page.get_by_role("status")).to_have_text("Recorded.")
    expect(line_of(first, id).get_by_role("form")).to_have_count(0)
    late.get_by_role("button").click()
    expect(second.page.get_by_role("alert")).to_contain_text("This was not done:")
    assert history(first, id).count("commitment.honoured") == 1
    second.forgive("status of 409")
    if scripts:  # the line has what can be done instead
        forms = line_of(second, id).get_by_role("form")
        expect(forms.filter(has_text="Open it again")).to_be_visible()
    else:  # the line is in no list any more: its page has it
        second.page.get_by_role("link", name=id).first.click()
        expect(second.page.get_by_role("form", name="Open it again")).to_be_visible()


@scripts
def test_a_promise_is_decided_about_on_its_page(opening: Opening, scripts: bool) -> None:
    looking = opening(scripts=scripts)
    id = first_of(looking, "overdue")
    looking.open(f"/commitments/{id}")
    looking.page.get_by_role("button", name="It is done", exact=True).click()
    expect(looking.page.locator(".lead .tag")).to_have_text("kept late")
    assert looking.path == f"/commitments/{id}"
    looking.page.get_by_role("button", name="Open it again").click()
    expect(looking.page.locator(".lead .tag")).to_have_text("overdue")


def test_on_a_phone_a_line_is_a_card_to_act_from(looking: Window) -> None:
    looking.page.set_viewport_size({"width": 390, "height": 844})
    id = first_of(looking, "overdue")
    done = deciding(looking, id, "It is done").get_by_role("button")
    done.scroll_into_view_if_needed()
    expect(done).to_be_in_viewport(ratio=1)
    done.click()
    expect(looking.page.get_by_role("status")).to_have_text("Recorded.")
