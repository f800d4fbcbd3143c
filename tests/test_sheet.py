"""The printed sheet: its size on paper, and that a picture of it holds what it should."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from posecheck.calibrate.sheet import (
    MARKER_CM,
    PATTERN_HEIGHT_CM,
    PATTERN_WIDTH_CM,
    RULER_CM,
    Sheet,
    dictionary,
    sheet_picture,
)
from posecheck.calibrate.sheet_pdf import sheet_pdf
from posecheck.cli import app
from posecheck.core.errors import InputError
from posecheck.staging import write_whole

MM_PER_POINT = 25.4 / 72


def first_page(pdf: bytes) -> str:
    """The drawing operators of page one."""
    streams = re.findall(rb"stream\n(.*?)\nendstream", pdf, re.DOTALL)
    return zlib.decompress(streams[0]).decode("latin-1")


@pytest.mark.parametrize("paper", ["a4", "letter"])
def test_pdf_has_the_pattern_in_true_size_to_a_fifth_of_a_millimetre(paper: str) -> None:
    pdf = sheet_pdf(paper)
    sheet = Sheet.on(paper)
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert box is not None
    page_mm = [float(value) * MM_PER_POINT for value in box.groups()]
    assert page_mm == pytest.approx([sheet.width_cm * 10, sheet.height_cm * 10], abs=0.05)
    rects = np.array(
        [[float(v) for v in found] for found in re.findall(
            r"([\d.-]+) ([\d.-]+) ([\d.-]+) ([\d.-]+) re", first_page(pdf))]
    ) * MM_PER_POINT  # fmt: skip
    markers = rects[np.abs(rects[:, 2]) > 60]
    assert len(markers) == 6
    assert np.abs(markers[:, 2:]) == pytest.approx(MARKER_CM * 10, abs=0.02)
    left, right = markers[:, 0].min(), (markers[:, 0] + markers[:, 2]).max()
    assert right - left == pytest.approx(PATTERN_WIDTH_CM * 10, abs=0.05)
    assert left == pytest.approx((sheet.width_cm - PATTERN_WIDTH_CM) * 5, abs=0.05)
    ys = np.concatenate([markers[:, 1], markers[:, 1] + markers[:, 3]])
    assert np.ptp(ys) == pytest.approx(PATTERN_HEIGHT_CM * 10, abs=0.05)


def test_pdf_has_a_ruler_of_the_length_that_it_says() -> None:
    lines = re.findall(
        r"([\d.-]+) ([\d.-]+) m ([\d.-]+) ([\d.-]+) l S", first_page(sheet_pdf("a4"))
    )
    lengths = [abs(float(y2) - float(y1)) * MM_PER_POINT for _, y1, _, y2 in lines]
    assert max(lengths) == pytest.approx(RULER_CM * 10, abs=0.05)


def test_pdf_is_vector_and_has_the_instructions() -> None:
    pdf = sheet_pdf("a4")
    assert b"/Subtype /Image" not in pdf
    assert b"/PrintScaling /None" in pdf
    assert pdf.count(b"/Type /Page\n") == 2


@pytest.mark.parametrize("paper", ["a4", "letter"])
def test_picture_holds_the_sheets_own_markers_where_they_belong(paper: str) -> None:
    import cv2

    picture, width_cm, height_cm = sheet_picture(paper, px_per_cm=20.0)
    corners, ids, _ = cv2.aruco.ArucoDetector(dictionary()).detectMarkers(picture)
    sheet = Sheet.on(paper)
    assert ids is not None
    assert sorted(ids.ravel().tolist()) == sheet.marker_ids
    for found, marker_id in zip(corners, ids.ravel().tolist(), strict=True):
        found_cm = (found.reshape(4, 2) + 0.5) / 20.0
        assert found_cm == pytest.approx(sheet.corners_cm(marker_id), abs=0.06)
    assert (width_cm, height_cm) == (sheet.width_cm, sheet.height_cm)
    assert picture.shape == (round(height_cm * 20), round(width_cm * 20))


def test_command_leaves_a_whole_file_or_none(tmp_path: Path) -> None:
    target = tmp_path / "new" / "sheet.pdf"
    assert (
        CliRunner().invoke(app, ["marker", "--paper", "LETTER", "-o", str(target)]).exit_code == 0
    )
    assert target.read_bytes().startswith(b"%PDF")
    assert [path.name for path in target.parent.iterdir()] == ["sheet.pdf"]
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="a file of that name is in the way"):
        write_whole(tmp_path / "file" / "sheet.pdf", b"")


def test_unknown_paper_names_the_known_ones() -> None:
    with pytest.raises(InputError, match='expected a4 or letter, got "a3"'):
        sheet_pdf("a3")
