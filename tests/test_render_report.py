"""The report page: complete, self-contained, well-formed and safe with hostile names."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest
from render_factory import HEADLINES, make_result, make_table, standing_px

from posecheck.core import words
from posecheck.core.result import Status
from posecheck.core.table import MeasureTable
from posecheck.render.keyframes import (
    best_repetitions,
    choose_key_shots,
    common_crop,
    draw_key_frame,
)
from posecheck.render.report import render_report
from posecheck.render.report_view import STATUS_WORD

VOID = {"meta", "img", "br", "link", "input", "hr"}


class _Checker(HTMLParser):
    """Balanced tags, unique ids, and what is seen along the way."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.headings: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag, attrs) -> None:
        got = dict(attrs)
        assert len(got) == len(attrs), f"double attribute in <{tag}>"
        self._note(tag, got)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs) -> None:
        self._note(tag, dict(attrs))

    def _note(self, tag, got) -> None:
        if "id" in got:
            self.ids.append(got["id"])
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(tag)
        if tag == "img":
            self.images.append(got)
        self.addresses += [got[a] for a in ("src", "href", "action", "poster") if got.get(a)]

    def handle_endtag(self, tag) -> None:
        assert self.open, f"</{tag}> without a start"
        assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data) -> None:
        if not self.open or self.open[-1] not in ("style", "script"):
            self.words.append(data)


def render(repetitions: int = 2, *, video: str | None = None, pictures: bool = True, **kwargs):
    result = make_result(repetitions, **kwargs)
    frames = {}
    if pictures:
        frames = {s.time_s: np.full((64, 48, 3), 90, np.uint8) for s in choose_key_shots(result)}
    html = render_report(
        result, make_table(result), frames, headline_columns=HEADLINES, video_name=video
    )
    return result, html


def parse(html: str) -> _Checker:
    checker = _Checker()
    checker.feed(html)
    checker.close()
    assert checker.open == []
    return checker


@pytest.mark.parametrize("repetitions", [0, 1, 2, 15])
def test_the_page_is_well_formed(repetitions: int) -> None:
    page = parse(render(repetitions)[1])
    assert len(page.ids) == len(set(page.ids))
    assert page.headings[0] == "h1"
    assert page.headings.count("h1") == 1


def test_nothing_outside_the_file_is_referred_to() -> None:
    _, html = render(video="annotated.webm")
    page = parse(html)
    for address in page.addresses:
        assert address.startswith(("data:image/", "#i-", "annotated.webm")), address[:80]
    # The SVG namespace would be the only excuse for an address, and inline SVG needs none.
    assert not re.search(r"(https?:)?//[a-z0-9]", re.sub(r"base64,[^\"]+", "", html))
    assert "@import" not in html
    assert "url(" not in html


def test_without_a_video_there_is_no_trace_of_one() -> None:
    _, html = render(video=None)
    assert "<video" not in html
    assert ".webm" not in html


def test_a_video_name_with_odd_characters_becomes_a_safe_address() -> None:
    _, html = render(video='a b#"1".webm')
    assert "a%20b%23%221%22.webm" in html


def test_every_status_is_said_in_words() -> None:
    _, html = render()
    said = " ".join(parse(html).words)
    for status in Status:
        assert STATUS_WORD[status] in said


def test_every_moment_of_every_fault_is_there() -> None:
    result, html = render(15)
    said = " ".join(parse(html).words)
    for rep in result.repetitions:
        for fault in rep.faults:
            assert f"{words.moment(fault.start_s)} to {words.moment(fault.end_s)}" in said
            assert fault.cue in said
            assert fault.easier in said


def test_credited_and_uncredited_reach_are_both_said() -> None:
    said = " ".join(parse(render()[1]).words)
    assert "Reached 118°, of which 104° counts: the trunk leaned back." in said


def test_a_missing_number_comes_with_its_reason() -> None:
    said = " ".join(parse(render()[1]).words)
    assert "This camera position cannot show it." in said


def test_verdict_praise_notes_and_next_steps_are_there() -> None:
    result, html = render()
    said = " ".join(parse(html).words)
    for line in [*result.verdict, *result.praise, *result.next_time, result.safety]:
        assert line in said
    assert result.quality.notes[0].text in said
    assert said.count(result.safety) == 1
    assert "nothing was sent" in said


def test_hostile_names_stay_text() -> None:
    evil = '<script>alert("x")</script><img src=x onerror=y>.mp4'
    _, html = render(name=evil)
    page = parse(html)
    assert html.count("<script>") == 1
    assert all("alt" in image for image in page.images)
    assert evil in "".join(page.words)


def test_no_repetition_still_has_a_verdict_and_charts() -> None:
    result, html = render(0)
    assert result.verdict[0] in html
    assert '<svg class="chart' in html
    assert "<table" not in html


def test_only_the_first_repetition_is_unfolded() -> None:
    _, html = render(200, pictures=False)
    assert html.count('<details class="rep" open') == 1
    assert html.count('<details class="rep"') == 200


def test_pictures_carry_alternative_text_with_value_and_status() -> None:
    images = parse(render(1)[1]).images
    assert len(images) == 7
    assert "Hip flexion 104° ± 6°, not met" in images[0]["alt"]


def test_a_phase_left_out_is_named_under_the_pictures() -> None:
    result = make_result(1)
    rep = result.repetitions[0]
    out = rep.phases[2].model_copy(update={"status": "skipped", "key_time_s": None})
    rep = rep.model_copy(update={"phases": [*rep.phases[:2], out, *rep.phases[3:]]})
    result = result.model_copy(update={"repetitions": [rep]})
    html = render_report(result, make_table(result), {}, headline_columns=[], video_name=None)
    assert "Without a picture: 3. Open (left out)." in html


def test_only_the_main_charts_stand_open() -> None:
    result = make_result(1)
    lines = [(c, c, None) for c in ("a_deg", "b_deg", "c_deg", "d_deg", "e_deg")]
    n = 10
    ones = {column: np.ones(n) for column, *_ in lines}
    table = MeasureTable(np.arange(n) / 30, ones, ones, {})
    html = render_report(result, table, {}, headline_columns=lines, video_name=None)
    parse(html)
    assert "2 more measures over time" in html


def test_a_missing_picture_leaves_its_caption() -> None:
    page = parse(render(1, pictures=False)[1])
    assert page.images == []
    assert "no picture" in page.words


def test_the_pictures_show_the_best_repetition_of_each_side() -> None:
    result = make_result(4, sides=("left", "right"))
    better = result.repetitions[2].model_copy(update={"met": 10})
    result = result.model_copy(
        update={"repetitions": [*result.repetitions[:2], better, result.repetitions[3]]}
    )
    assert [(r.side, r.index) for r in best_repetitions(result)] == [("right", 1), ("left", 2)]


def test_the_common_crop_holds_everybody_and_stays_in_the_frame() -> None:
    points = np.stack([standing_px(1080, 1920), standing_px(1080, 1920) + 200])
    crop = common_crop(points, 1080, 1920)
    assert crop.left >= 0
    assert crop.top >= 0
    assert crop.left + crop.width <= 1080
    assert crop.top + crop.height <= 1920
    inside = points.reshape(-1, 2)
    assert (inside[:, 0] >= crop.left).all()
    nobody = common_crop(np.full((2, 33, 2), np.nan), 640, 480)
    assert nobody == (0, 0, 640, 480)


def test_a_key_frame_leaves_the_original_alone() -> None:
    result = make_result(1)
    bgr = np.full((960, 540, 3), 120, np.uint8)
    shot = choose_key_shots(result)[0]
    crop = common_crop(standing_px()[None], 540, 960)
    picture = draw_key_frame(bgr, standing_px(), np.ones(33), shot, crop)
    assert (bgr == 120).all()
    assert picture.shape[1] == 480
    assert (picture != 120).any()


@pytest.mark.parametrize(
    ("t_s", "text"), [(0, "00:00.0"), (59.97, "01:00.0"), (3.04, "00:03.0"), (754.26, "12:34.3")]
)
def test_moments_are_minutes_and_tenths(t_s: float, text: str) -> None:
    assert words.moment(t_s) == text


def test_an_error_is_never_rounded_to_look_smaller() -> None:
    assert words.with_error(104.4, 5.1, "°") == "104° ± 6°"
    assert words.with_error(11.52, 0.41, "cm") == "11.5 cm ± 0.5 cm"
    assert words.with_error(-0.3, None, "°") == "0°"
