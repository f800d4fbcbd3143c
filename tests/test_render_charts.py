"""Charts: what they show, how they are thinned, and that both drawings accept it."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from render_factory import HEADLINES, make_result, make_table

from posecheck.core.table import MeasureTable
from posecheck.render import chart_page, chart_svg
from posecheck.render.charts import Headline, charts_data, fault_numbers, thin

LINES = [Headline(*line) for line in HEADLINES]


def charts(repetitions: int = 2, sides=("left", "right")):
    result = make_result(repetitions, sides=sides)
    return charts_data(make_table(result), result, LINES)


def svg(data, width: int = 700) -> str:
    return chart_svg.draw(data, width=width, plot_height=180, css_class="wide")


def test_left_and_right_share_a_chart() -> None:
    hip, leg = charts()
    assert [trace.side for trace in hip.traces] == ["left", "right"]
    assert [trace.side for trace in leg.traces] == ["left"]


def test_a_phase_target_stands_in_its_phase_only() -> None:
    hip = charts(1, ("left",))[0]
    reach = hip.zones[0]
    assert (reach.low, reach.high) == (110, None)
    assert reach.end_s - reach.start_s == pytest.approx(2.4)


def test_an_extension_target_turns_round_on_the_flexion_axis() -> None:
    hip = charts(1, ("left",))[0]
    assert (hip.zones[1].low, hip.zones[1].high) == (None, -15)


def test_a_given_target_spans_the_clip() -> None:
    result = make_result(1)
    line = Headline("hip_flexion_left_deg", "Hip flexion", (80.0, 100.0))
    (hip,) = charts_data(make_table(result), result, [line])
    assert hip.zones == ((0.0, hip.end_s, 80.0, 100.0),)


def test_many_repetitions_shade_repetitions_instead_of_phases() -> None:
    assert charts(2)[0].bands_are_phases
    many = charts(20)[0]
    assert not many.bands_are_phases
    assert len(many.bands) == 20


def test_columns_without_any_value_are_left_out() -> None:
    result = make_result(1)
    empty = {"hip_flexion_left_deg": np.full(5, np.nan)}
    table = MeasureTable(np.arange(5) / 30, empty, empty, {})
    assert charts_data(table, result, LINES) == []


def test_what_is_worth_fixing_is_numbered_first() -> None:
    assert fault_numbers(make_result(2)) == {"trunk-lean": 1, "momentum": 2}


@given(
    value=hnp.arrays(
        np.float64,
        st.integers(1, 3000),
        elements=st.floats(-180, 180) | st.just(np.nan),
    )
)
@settings(deadline=None, max_examples=50)
def test_thinning_keeps_the_extremes_and_the_ends(value) -> None:
    keep = thin(value, 600)
    assert len(keep) <= 602
    assert keep[0] == 0
    assert keep[-1] == len(value) - 1
    assert (np.diff(keep) > 0).all()
    if np.isfinite(value).any():
        assert np.nanmax(value[keep]) == np.nanmax(value)
        assert np.nanmin(value[keep]) == np.nanmin(value)


def test_a_gap_breaks_the_line() -> None:
    hip = charts(1, ("left",))[1]
    assert svg(hip).count('class="line left"') == 2


@pytest.mark.parametrize("width", [360, 760])
@pytest.mark.parametrize("repetitions", [0, 1, 2, 200])
def test_the_svg_is_well_formed_and_names_no_colour(repetitions: int, width: int) -> None:
    for data in charts(repetitions):
        drawing = svg(data, width)
        root = ElementTree.fromstring(drawing)
        assert root.attrib["role"] == "img"
        assert "Hip flexion" in drawing or "Leg raise" in drawing
        assert "#" not in drawing


def test_faults_carry_their_number_and_holds_their_seconds() -> None:
    drawing = svg(charts(1, ("left",))[0], 760)
    assert 'class="fault-text"' in drawing
    assert ">2.1 s</text>" in drawing


def test_names_are_escaped() -> None:
    result = make_result(1)
    line = Headline("hip_flexion_left_deg", '<script>"x"</script>')
    (data,) = charts_data(make_table(result), result, [line])
    assert "<script>" not in svg(data)


def test_the_page_chart_is_valid_vega_lite_for_every_result() -> None:
    for repetitions in (0, 2):
        for data in charts(repetitions):
            spec = chart_page.draw(data).to_dict()
            assert {"area", "line"} <= {layer["mark"]["type"] for layer in spec["layer"]}
            assert '"values": []' not in json.dumps(spec)


@pytest.mark.parametrize(("low", "high"), [(-3, 4), (0, 1), (88, 91), (0, 0), (-170, 175)])
def test_ticks_enclose_the_values_in_round_steps(low: float, high: float) -> None:
    ticks = chart_svg._nice_ticks(low, high)
    assert ticks[0] <= low
    assert ticks[-1] >= high
    assert 2 <= len(ticks) <= 9
