"""Where the keyboard is: the same ring around buttons as around links and fields, seen in light and in dark."""

import pytest

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.needs("browser")]
BUTTONS = ("btn-primary", "btn-secondary", "btn-danger", "btn-quiet")
# The ring as it is drawn around the focused element, and its contrast to the page behind it (WCAG's formula).
RING = """
(element) => {
  const style = getComputedStyle(element);
  const light = (colour) => colour.match(/\\d+/g).slice(0, 3)
    .map((part) => part / 255).map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
  const pair = [style.outlineColor, getComputedStyle(document.body).backgroundColor].map(light);
  const contrast = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
  return {ring: `${style.outline} ${style.outlineOffset}`, shadow: style.boxShadow, clear: contrast >= 3};
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_buttons_have_the_ring_of_links(page, scheme):
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.goto("/sign-in/")
    page.evaluate(
        """(kinds) => document.querySelector("main").innerHTML =
        '<a href="#">a link</a>' + kinds.map((kind) => `<button class="btn ${kind}">${kind}</button>`).join("")
    """,
        BUTTONS,
    )
    page.locator("main a").focus()
    link = page.locator("main a").evaluate(RING)
    assert link["clear"]
    for kind in BUTTONS:
        page.keyboard.press("Tab")
        assert page.locator(":focus").text_content() == kind
        assert page.locator(":focus").evaluate(RING) == link
