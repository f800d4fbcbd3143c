"""The sheet as a PDF to print: page one the sheet in true size, page two how to set it up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posecheck.calibrate.sheet import MARKER_CM, MODULES, RULER_CM, Sheet, marker_modules

if TYPE_CHECKING:
    from fpdf import FPDF

#: fpdf2 counts in millimetres here.
_MM = 10.0
_INK, _GREY, _PALE, _ACCENT = (20, 24, 30), (110, 116, 124), (226, 230, 234), (12, 122, 112)
#: Where the ruler line stands from the left edge: outside most printers' blank margin, and far
#: enough from the markers that these keep their white surround.
_RULER_X_CM = 0.75

_STEPS = (
    ("Print", "Actual size (100 %), never \"fit to page\". Then lay a ruler on the 15 cm line on "
     "page one: it must read 15.0 cm. If it does not, print again, or tell posecheck what it "
     "reads: --ruler-cm 14.6"),
    ("Stiffen", "Tape the sheet flat on cardboard or a book of its size, edges flush."),
    ("Stand it up", "On the floor, upright, at right angles to the wall: its lower edge on the "
     "floor, its side edge touching the wall, close to the inner side of the foot that is tested, "
     "the pattern towards the camera. Use a wall without a skirting board, or a closed door."),
    ("Camera", "Level with the shin, 30 to 60 cm high, 2 to 3 m away, square to the leg (the wall "
     "is seen edge-on), landscape. The leg nearer to the camera is the one that is measured."),
    ("Measure", "Foot flat, big toe and heel on a line at right angles to the wall. Touch the wall "
     "with the knee, heel down. Move the foot back and repeat: three tries."),
    ("Other leg", "Take the camera and the sheet to the other side of you, so that the other leg "
     "is nearer to the camera and the pattern faces it."),
)  # fmt: skip


def sheet_pdf(paper: str = "a4") -> bytes:
    """The sheet as a vector PDF in true size, and the instructions on a second page.

    Raises:
        InputError: the paper is not known.
    """
    from fpdf import FPDF, ViewerPreferences

    sheet = Sheet.on(paper)
    pdf = FPDF(unit="mm", format=(sheet.width_cm * _MM, sheet.height_cm * _MM))
    pdf.set_title("posecheck: sheet for measuring in centimetres")
    pdf.set_auto_page_break(False)
    # Viewers that know this do not offer to shrink the page.
    pdf.viewer_preferences = ViewerPreferences(print_scaling="None")
    pdf.add_page()
    _draw_pattern(pdf, sheet)
    _draw_ruler(pdf, sheet)
    _draw_edges(pdf, sheet)
    pdf.add_page()
    _draw_instructions(pdf, sheet)
    return bytes(pdf.output())


def _draw_pattern(pdf: FPDF, sheet: Sheet) -> None:
    """Black modules, run by run, so that no hairline shows between neighbours."""
    pdf.set_fill_color(0)
    module_mm = MARKER_CM * _MM / MODULES
    for marker_id in sheet.marker_ids:
        left_cm, top_cm = sheet.corner_cm(marker_id)
        left, top, side = left_cm * _MM, top_cm * _MM, MARKER_CM * _MM
        # A black square with its white modules on top: no seam within the black.
        pdf.set_fill_color(0)
        pdf.rect(left, top, side, side, style="F")
        pdf.set_fill_color(255)
        black = marker_modules(marker_id)
        for row in range(MODULES):
            column = 0
            while column < MODULES:
                end = column
                while end < MODULES and not black[row, end]:
                    end += 1
                if end > column:
                    pdf.rect(
                        left + column * module_mm, top + row * module_mm,
                        (end - column) * module_mm, module_mm, style="F",
                    )  # fmt: skip
                column = end + 1


def _draw_ruler(pdf: FPDF, sheet: Sheet) -> None:
    x = _RULER_X_CM * _MM
    top = (sheet.height_cm - RULER_CM) / 2 * _MM
    pdf.set_draw_color(*_GREY)
    pdf.set_line_width(0.15)
    pdf.line(x, top, x, top + RULER_CM * _MM)
    for mm in range(0, int(RULER_CM * _MM) + 1, 5):
        tick = 2.4 if mm % 50 == 0 else 1.6 if mm % 10 == 0 else 0.9
        pdf.line(x, top + mm, x + tick, top + mm)
    pdf.set_text_color(*_GREY)
    pdf.set_font("helvetica", size=7)
    for mm in (0, 50, 100, 150):
        pdf.text(x + 3.0, top + mm + 0.9, f"{mm // 10}")
    with pdf.rotation(90, x + 4.6, top + 97):
        pdf.text(x + 4.6, top + 97, "Ruler check: this line is 15.0 cm")


def _draw_edges(pdf: FPDF, sheet: Sheet) -> None:
    """Words in the margins: what the sheet is, which edge goes where."""
    pdf.set_text_color(*_GREY)
    pdf.set_font("helvetica", size=7.5)
    width, height = sheet.width_cm * _MM, sheet.height_cm * _MM
    name = {"a4": "A4", "letter": "Letter"}[sheet.paper]
    pdf.set_xy(0, 5.2)
    pdf.cell(width, 3, f"posecheck sheet, {name} - print at 100 %, actual size", align="C")
    pdf.set_xy(0, height - 8.2)
    pdf.cell(width, 3, "this edge on the floor - a side edge touches the wall", align="C")


def _draw_instructions(pdf: FPDF, sheet: Sheet) -> None:
    width = sheet.width_cm * _MM
    pdf.set_text_color(*_INK)
    pdf.set_font("helvetica", style="B", size=18)
    pdf.text(18, 24, "Knee-to-wall in centimetres")
    pdf.set_font("helvetica", size=10)
    pdf.set_text_color(*_GREY)
    pdf.text(18, 31, "How to set up the sheet on the other page")
    half = (width - 36 - 8) / 2
    _draw_side_view(pdf, 18, 37, half)
    _draw_top_view(pdf, 18 + half + 8, 37, half)
    y = 122.0
    for number, (title, text) in enumerate(_STEPS, start=1):
        pdf.set_fill_color(*_ACCENT)
        pdf.ellipse(18, y, 6.4, 6.4, style="F")
        pdf.set_text_color(255)
        pdf.set_font("helvetica", style="B", size=10)
        pdf.set_xy(18, y)
        pdf.cell(6.4, 6.4, str(number), align="C")
        pdf.set_text_color(*_INK)
        pdf.set_xy(28, y - 0.4)
        pdf.set_font("helvetica", style="B", size=10.5)
        pdf.cell(width - 46, 5, title)
        pdf.set_xy(28, y + 4.8)
        pdf.set_font("helvetica", size=9.5)
        pdf.multi_cell(width - 46, 4.5, text, align="L")
        y = pdf.get_y() + 3.2
    pdf.set_text_color(*_GREY)
    pdf.set_font("helvetica", size=8.5)
    pdf.set_xy(18, y + 1)
    pdf.multi_cell(
        width - 36, 4,
        "Pain is a stop sign. posecheck is no medical device. Check the picture first:  "
        "posecheck calibrate CLIP   then measure:  posecheck measure knee-to-wall CLIP",
    )  # fmt: skip


def _frame(pdf: FPDF, x: float, y: float, width: float, title: str) -> None:
    pdf.set_fill_color(246, 248, 249)
    pdf.rect(x, y, width, 78, style="F", round_corners=True, corner_radius=2.5)
    pdf.set_text_color(*_INK)
    pdf.set_font("helvetica", style="B", size=9)
    pdf.text(x + 4, y + 6.5, title)


def _draw_side_view(pdf: FPDF, x: float, y: float, width: float) -> None:
    """What the camera sees: wall, floor, sheet at the wall, the leg touching with its knee."""
    _frame(pdf, x, y, width, "What the camera sees")
    floor, wall = y + 68, x + width - 12
    per_cm = 1.08
    pdf.set_fill_color(*_PALE)
    pdf.rect(wall, y + 10, 8, floor - y - 10, style="F")
    pdf.rect(x + 4, floor, width - 8, 3, style="F")
    _tiny_sheet(pdf, wall - 21 * per_cm, floor - 29.7 * per_cm, per_cm)

    def at(from_wall_cm: float, up_cm: float) -> tuple[float, float]:
        return wall - from_wall_cm * per_cm, floor - up_cm * per_cm

    shape = [at(*p) for p in (
        (11, 1), (13, 4.5), (20, 7), (24, 11), (20, 18), (10, 33), (3, 40), (0.4, 45), (0.4, 49),
        (4, 53), (16, 54), (34, 51), (34, 41), (22, 40), (24, 34), (31, 22), (33, 12), (36, 5),
        (36, 0), (13, 0),
    )]  # fmt: skip
    pdf.set_fill_color(196, 158, 128)
    pdf.set_draw_color(*_INK)
    pdf.set_line_width(0.35)
    pdf.polygon(shape, style="DF")
    toe, low = at(11, 0)[0], floor + 5.6
    pdf.set_draw_color(*_ACCENT)
    pdf.set_line_width(0.5)
    pdf.line(toe, low, wall, low)
    for end in (toe, wall):
        pdf.line(end, low - 1.4, end, low + 1.4)
    pdf.set_text_color(*_ACCENT)
    pdf.set_font("helvetica", style="B", size=8)
    pdf.text(toe - 30, low + 1.1, "toe to wall, in cm")
    pdf.set_text_color(*_INK)
    pdf.set_font("helvetica", size=8)
    pdf.text(x + 5, y + 20, "knee touches")
    pdf.line(x + 24, y + 19.2, wall - 2 * per_cm, floor - 47.5 * per_cm)
    pdf.text(x + 5, floor - 3, "heel down")


def _draw_top_view(pdf: FPDF, x: float, y: float, width: float) -> None:
    """From above: wall, foot, sheet on the foot's inner side, camera square to both."""
    _frame(pdf, x, y, width, "From above")
    wall = x + width - 12
    pdf.set_fill_color(*_PALE)
    pdf.rect(wall, y + 10, 8, 64, style="F")
    pdf.set_text_color(*_GREY)
    pdf.set_font("helvetica", size=8)
    with pdf.rotation(90, wall + 5.2, y + 46):
        pdf.text(wall + 5.2, y + 46, "wall")
    pdf.set_draw_color(*_INK)
    pdf.set_line_width(1.0)
    pdf.line(wall - 21, y + 19, wall, y + 19)
    pdf.set_line_width(0.3)
    pdf.set_fill_color(196, 158, 128)
    pdf.ellipse(wall - 38, y + 22.5, 27, 8.6, style="DF")
    pdf.set_text_color(*_INK)
    pdf.text(wall - 44, y + 16.5, "sheet, at the wall and close to the foot")
    pdf.text(wall - 34, y + 28, "foot")
    lens_x, lens_y = wall - 18, y + 66
    pdf.set_fill_color(*_INK)
    pdf.rect(lens_x - 5, lens_y - 2, 10, 7, style="F", round_corners=True, corner_radius=1)
    pdf.rect(lens_x - 1.6, lens_y - 4.2, 3.2, 2.4, style="F")
    pdf.set_draw_color(*_ACCENT)
    pdf.set_line_width(0.3)
    pdf.set_dash_pattern(dash=1.4, gap=1.2)
    pdf.line(lens_x, lens_y - 5, lens_x, y + 33)
    pdf.set_dash_pattern()
    pdf.set_text_color(*_ACCENT)
    pdf.text(lens_x + 2, y + 48, "2 to 3 m")
    pdf.set_text_color(*_INK)
    pdf.text(lens_x - 36, lens_y + 1, "camera, square")
    pdf.text(lens_x - 36, lens_y + 4.6, "to the foot")


def _tiny_sheet(pdf: FPDF, x: float, y: float, per_cm: float) -> None:
    sheet = Sheet.on("a4")
    pdf.set_fill_color(255)
    pdf.set_draw_color(*_GREY)
    pdf.set_line_width(0.2)
    pdf.rect(x, y, sheet.width_cm * per_cm, sheet.height_cm * per_cm, style="DF")
    pdf.set_fill_color(*_INK)
    for marker_id in sheet.marker_ids:
        left, top = sheet.corner_cm(marker_id)
        pdf.rect(x + left * per_cm, y + top * per_cm, MARKER_CM * per_cm, MARKER_CM * per_cm, "F")
