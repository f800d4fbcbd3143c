"""What each measure is: definition in words, unit, needed view, landmarks, neutral."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from posecheck.core.errors import MoveError
from posecheck.core.terms import Plane, Side

#: What a measure's zero is tied to: a still upright stand, the foot flat on the floor, where the
#: model puts its landmark on average (the bench's typical offset), the position in which a clip
#: begins, or nothing.
Neutral = Literal["none", "standing", "flat_foot", "landmark", "beginning"]
SIDES: tuple[Side, Side] = ("left", "right")


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of the catalogue.

    Attributes:
        stem: name without side and unit, for example ``hip_flexion``.
        unit: suffix of its columns: ``deg``, ``pct``, ``cm`` or ``degps``.
        label: plain words for people.
        plane: the camera view in whose plane it lies; "any" needs none.
        sided: whether there is one for each side.
        landmarks: joints it is made of, without side ("HIP"); visibility is asked of these.
        neutral: what is subtracted so that neutral reads 0.
        definition: words with the source of the definition.
        public: whether it is a column of ``measures.csv``.
        spatial: stem of the measure from world landmarks that stands in where the plane does not
            carry it; its errors are those of the last view band.
        planar: stem of the measure that is taken instead wherever it has a value.
        angular: an angle of its limb, lost where the limb leaves the plane; a place is not.
    """

    stem: str
    unit: str
    label: str
    plane: Plane
    sided: bool
    landmarks: tuple[str, ...]
    neutral: Neutral
    definition: str
    public: bool = True
    spatial: str | None = None
    planar: str | None = None
    angular: bool = True

    def column(self, side: Side | None = None) -> str:
        """Column name: ``hip_flexion_left_deg``; the side is ignored where there is none."""
        return f"{self.stem}_{side}_{self.unit}" if self.sided else f"{self.stem}_{self.unit}"

    @property
    def move_name(self) -> str:
        """The name that move files use: ``hip_flexion_deg``, of the working side."""
        return f"{self.stem}_{self.unit}"


_LEG = ("HIP", "KNEE", "ANKLE")
_FOOT = ("HEEL", "FOOT_INDEX")
_TRUNK = ("SHOULDER", "HIP")

CATALOG: tuple[Measure, ...] = (
    Measure(
        "hip_flexion", "deg", "Hip flexion", "side", True, ("SHOULDER", "HIP", "KNEE"), "standing",
        "Thigh tilt plus trunk lean in the sagittal plane; 0 standing, extension negative "
        "(science 4).",
    ),
    Measure(
        "thigh_tilt", "deg", "Thigh lift", "side", True, ("HIP", "KNEE"), "standing",
        "Hip-to-knee line against straight down; 90 is a horizontal thigh in front (science 4).",
    ),
    Measure(
        "knee_flexion", "deg", "Knee flexion", "side", True, _LEG, "standing",
        "Thigh against shank; 0 is straight. Outside the side view from world landmarks "
        "(science 4).", spatial="knee_bend",
    ),
    Measure(
        "shin_tilt", "deg", "Shin tilt", "side", True, ("KNEE", "ANKLE"), "none",
        "Ankle-to-knee line against vertical; knee forward is positive (science 4).",
    ),
    Measure(
        "ankle_dorsiflexion", "deg", "Ankle dorsiflexion", "side", True,
        ("KNEE", "ANKLE", *_FOOT), "flat_foot",
        "Shin tilt less the foot's heel-up pitch (science 4).",
    ),
    Measure(
        "heel_lift", "deg", "Heel lift", "side", True, _FOOT, "flat_foot",
        "Pitch of the heel-to-toe line, heel up positive, against the flat foot (science 4).",
    ),
    Measure(
        "knee_over_toe", "pct", "Knee over toe", "side", True, ("KNEE", *_FOOT), "landmark",
        "Horizontal distance of the knee beyond the toe, % of heel-to-toe length (science 4).",
    ),
    Measure(
        "knee_over_toe", "cm", "Knee over toe", "side", True, ("KNEE", *_FOOT), "none",
        "Horizontal distance of the knee beyond the toe, where a scale is known (science 4).",
    ),
    Measure(
        "straightness", "deg", "Shoulder-hip-heel line", "side", True,
        ("SHOULDER", "HIP", "HEEL"), "none",
        "Three-point angle shoulder-hip-heel; 180 is one straight line.",
    ),
    Measure(
        "hip_abduction", "deg", "Hip abduction", "front", True, ("HIP", "ANKLE"), "standing",
        "Hip-to-ankle line against the normal of the pelvis line; outward positive (science 4).",
    ),
    Measure(
        "leg_side_raise", "deg", "Leg raise to the side", "front", True, ("HIP", "ANKLE"), "none",
        "Hip-to-ankle line against vertical; outward positive (science 4).",
    ),
    Measure(
        "thigh_side_raise", "deg", "Thigh raise to the side", "front", True, ("HIP", "KNEE"),
        "none", "Hip-to-knee line against vertical; outward positive (science 4).",
    ),
    Measure(
        "trunk_lean", "deg", "Trunk lean", "side", False, _TRUNK, "standing",
        "Mid-hip to mid-shoulder line against vertical; forward positive (science 4).",
    ),
    Measure(
        "trunk_side_lean", "deg", "Trunk side lean", "front", False, _TRUNK, "standing",
        "Mid-hip to mid-shoulder line against vertical; to the person's left positive "
        "(science 4).",
    ),
    Measure(
        "pelvis_obliquity", "deg", "Pelvis tilt to the side", "front", False, ("HIP",), "standing",
        "Slope of the hip line; left hip up positive (science 4).",
    ),
    Measure(
        "knee_cave", "pct", "Knee caving in", "front", True, _LEG, "none",
        "Knee inside the hip-to-ankle line, % of leg length; inward positive.", angular=False,
    ),
    Measure(
        "foot_lift", "pct", "Foot height", "any", True, ("ANKLE",), "standing",
        "Height of the ankle over the other ankle in the picture, % of leg length.",
    ),
    Measure(
        "leg_speed", "degps", "Leg speed", "any", True, (*_LEG, "FOOT_INDEX"), "none",
        "Speed in the picture as an angle: of the knee and the ankle about the hip, or of the toe "
        "about the ankle (in half legs), the fastest of them.",
    ),
    Measure(
        "trunk_speed", "degps", "Trunk speed", "any", False, _TRUNK, "none",
        "Speed of the shoulders about the hips in the picture, as an angle.",
    ),
    Measure(
        "foot_spread", "pct", "Distance of the feet", "any", False, ("ANKLE",), "none",
        "Distance between the ankles from world landmarks, % of leg length: coarse, for telling "
        "positions apart.", public=False,
    ),
    Measure(
        "off_side", "deg", "Camera off the side view", "any", False, (), "none",
        "How far the camera stands off the side view.", public=False,
    ),
    Measure(
        "off_front", "deg", "Camera off the front view", "any", False, (), "none",
        "How far the camera stands off the front or back view.", public=False,
    ),
    Measure(
        "thigh_elevation", "deg", "Thigh height", "any", True, ("HIP", "KNEE"), "none",
        "Thigh against straight down from world landmarks: coarse, for telling positions apart.",
        public=False,
    ),
    Measure(
        "thigh_azimuth", "deg", "Thigh direction", "any", True, ("HIP", "KNEE"), "none",
        "Where a lifted thigh points from world landmarks: 0 ahead, 90 outward, 180 behind, -90 "
        "and 270 inward; "
        "coarse, for telling positions apart.", public=False,
    ),
    Measure(
        "knee_bend", "deg", "Knee bend", "any", True, _LEG, "standing",
        "Hip-knee-ankle from world landmarks, 0 straight: coarse, for telling positions apart.",
        public=False,
    ),
    Measure(
        "shank_share", "pct", "Shank length against the other leg's", "any", True, _LEG, "none",
        "Shank over thigh in the picture, % of the same of the other leg: a knee that bends away "
        "from the camera shortens the shank.", public=False,
    ),
    Measure(
        "shin_lean", "deg", "Shin tilt, any view", "any", True, ("KNEE", "ANKLE"), "none",
        "Shin tilt where the view carries it, else from world landmarks: coarse, for telling "
        "positions apart.", public=False, planar="shin_tilt",
    ),
    Measure(
        "thigh_swing", "deg", "Thigh lift, any view", "any", True, ("HIP", "KNEE"), "none",
        "Thigh lift where the view carries it, else from world landmarks: coarse, for telling "
        "positions apart.", public=False, planar="thigh_tilt",
    ),
    Measure(
        "toe_drop", "pct", "Toe below the shin's line", "any", True,
        ("KNEE", "ANKLE", "FOOT_INDEX"), "none",
        "Distance of the toe from the knee-to-ankle line in the picture, towards the floor, % of "
        "half the leg; none while the shank hangs: for telling a leg that is turned in.",
        public=False,
    ),
    Measure(
        "knee_past_midline", "pct", "Knee past the midline", "any", True, ("HIP", "KNEE"), "none",
        "Knee beyond the middle between the hips along their line, % of hip width, from world "
        "landmarks; across is positive, on its own side negative.",
    ),
    Measure(
        "shin_past_midline", "pct", "Shin past the midline", "any", True, ("HIP", "ANKLE"), "none",
        "Ankle beyond the middle between the hips along their line, % of hip width, from world "
        "landmarks; across is positive.", public=False,
    ),
    Measure(
        "knee_across", "pct", "Knee drawn across", "front", True, ("HIP", "ANKLE"), "none",
        "The shin's end beyond the middle between the hips, % of hip width: from the feet the shin "
        "hides its knee and stands for it, from straight ahead only.", angular=False,
    ),
    Measure(
        "ankle_over_thigh", "pct", "Ankle over the other thigh", "any", True, _LEG, "none",
        "Ankle beyond the other thigh's axis along the hip line, % of hip width, from world "
        "landmarks; short of it negative.",
    ),
    Measure(
        "foot_out", "pct", "Foot turned out", "front", True, _FOOT, "none",
        "Toe outward of the heel in the picture, % of shank length.", angular=False,
    ),
    Measure(
        "foot_swing", "pct", "Swing of the foot", "front", True, _FOOT, "beginning",
        "Toe outward of the heel in the picture, % of shank length, against where the clip begins: "
        "which way the foot swings, no angle of the shin bone.", angular=False,
    ),
    Measure(
        "foot_aside", "pct", "Foot aside, from above", "front", True, _FOOT, "beginning",
        "Toe outward of the heel in the picture, and by half above it, % of shank length, against "
        "where the clip begins: for telling a foot that is turned out, from a camera that looks "
        "down.", public=False, angular=False,
    ),
    Measure(
        "foot_speed", "pct", "Speed of the foot's picture", "any", True, ("KNEE", "ANKLE"), "none",
        "How fast the picture moves at the foot, % of shank length a second: for telling when a "
        "foot moves that its landmarks no longer follow.", public=False, angular=False,
    ),
    Measure(
        "hip_bend", "deg", "Hip bend, any view", "any", True, ("SHOULDER", "HIP", "KNEE"), "none",
        "Thigh against trunk from world landmarks, 0 in line: coarse, for telling positions apart.",
        public=False,
    ),
    Measure(
        "elbow_flexion", "deg", "Elbow flexion", "front", True, ("ELBOW", "WRIST"), "none",
        "Upper arm against forearm in the picture; 0 straight.",
    ),
    Measure(
        "arm_elevation", "deg", "Arm raise", "front", True, ("SHOULDER", "HIP", "ELBOW"), "none",
        "Upper arm against the trunk in the picture; 0 hanging, 180 overhead.", angular=False,
    ),
    Measure(
        "hand_height", "pct", "Hand over the shoulder", "front", True, ("SHOULDER", "WRIST"),
        "none", "Wrist above the shoulder along the trunk, % of trunk length: coarse, for telling "
        "positions apart.", public=False, angular=False,
    ),
    Measure(
        "hand_aside", "pct", "Hand beside the shoulder", "front", True, ("SHOULDER", "WRIST"),
        "none", "Wrist outward of the shoulder across the trunk, % of trunk length: coarse, for "
        "telling positions apart.", public=False, angular=False,
    ),
    Measure(
        "forearm_length", "pct", "Forearm in the picture", "front", True, ("ELBOW", "WRIST"),
        "none", "Length of the forearm in the picture, % of trunk length, while the upper arm is "
        "about level: one that tips towards the camera or away looks short.", public=False,
        angular=False,
    ),
    Measure(
        "arm_speed", "degps", "Arm speed", "any", True, ("SHOULDER", "WRIST"), "none",
        "Speed of the hand about the shoulder in the picture, as an angle of a whole arm.",
        public=False,
    ),
    Measure(
        "trunk_rotation", "deg", "Trunk rotation", "front", False, _TRUNK, "beginning",
        "Turn of the shoulder line against where the clip begins, from how much shorter it and its "
        "nearer half look, its sense from world landmarks; to the left positive. None while an arm "
        "is raised ahead or overhead, which carries the shoulder along.", angular=False,
    ),
    Measure(
        "body_roll", "deg", "Roll of the body", "front", False, _TRUNK, "none",
        "Slope of the hip line in the picture, and lines of hips and shoulders out of its plane by "
        "world landmarks, added up; a lying body that rolls to its left is positive: coarse.",
        public=False, angular=False,
    ),
    Measure(
        "trunk_tip", "deg", "Tip of the trunk", "front", False, _TRUNK, "beginning",
        "Slope of the shoulder line in the picture, and what the hip line slopes by more than 12 "
        "degrees, added up, against where the clip begins; a lying body whose left side goes down "
        "is positive.",
        public=False, angular=False,
    ),
    Measure(
        "shoulder_rise", "deg", "Shoulder off the floor", "front", True,
        ("SHOULDER", "HIP", "EAR"), "none",
        "Height of a shoulder in the picture over the other one and over the ears, each as an "
        "angle by the length of the shoulder line, the mean of both, and what the hip line slopes "
        "by more than 12 degrees: of a lying body that rolls to its other side.",
        public=False, angular=False,
    ),
    Measure(
        "hip_width", "pct", "Hip line in the picture", "front", False, _TRUNK, "none",
        "Length of the hip line in the picture, % of its longest in trunk lengths: a pelvis that "
        "turns looks narrow.", public=False, angular=False,
    ),
)  # fmt: skip

BY_MOVE_NAME: dict[str, Measure] = {measure.move_name: measure for measure in CATALOG}
_PREFIX_OTHER = "other_"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A measure as a move file names it, for one working side: a column and its sign."""

    name: str
    measure: Measure
    column: str
    sign: float
    label: str

    @property
    def unit(self) -> str:
        return self.measure.unit


#: Names that move files may use beside the catalogue's own: name -> (measure, sign rule, label).
#: "minus" flips the sign; "away" and "toward" make a signed-left measure relative to the working
#: side.
_DERIVED: dict[str, tuple[str, Literal["minus", "away", "toward"], str]] = {
    "hip_extension_deg": ("hip_flexion_deg", "minus", "Hip extension"),
    "heel_drop_deg": ("heel_lift_deg", "minus", "Heel drop"),
    "trunk_lean_back_deg": ("trunk_lean_deg", "minus", "Trunk lean back"),
    "trunk_lean_away_deg": ("trunk_side_lean_deg", "away", "Trunk lean away from the leg"),
    "trunk_lean_toward_deg": ("trunk_side_lean_deg", "toward", "Trunk lean towards the leg"),
    "knee_outward_pct": ("knee_past_midline_pct", "minus", "Knee outward of the midline"),
    "trunk_rotation_toward_deg": ("trunk_rotation_deg", "toward", "Trunk rotation"),
    "trunk_tip_toward_deg": ("trunk_tip_deg", "toward", "Trunk tips towards the leg"),
    "body_roll_toward_deg": ("body_roll_deg", "toward", "Roll towards the leg"),
    "body_roll_away_deg": ("body_roll_deg", "away", "Roll away from the leg"),
}


def known_names() -> list[str]:
    """Every measure name that a move file may use, without the ``other_`` prefix."""
    return sorted([*BY_MOVE_NAME, *_DERIVED])


def resolve(name: str, side: Side) -> Quantity:
    """The column behind a move file's measure name for a working side.

    ``other_`` before a name takes the other side's measure.

    Raises:
        MoveError: the name is unknown.
    """
    base = name.removeprefix(_PREFIX_OTHER)
    column_side: Side = side
    if base != name:
        column_side = "right" if side == "left" else "left"
    if base in BY_MOVE_NAME:
        measure = BY_MOVE_NAME[base]
        return Quantity(name, measure, measure.column(column_side), 1.0, measure.label)
    if base in _DERIVED:
        source, rule, label = _DERIVED[base]
        measure = BY_MOVE_NAME[source]
        sign = -1.0 if rule == "minus" else (1.0 if column_side == "left" else -1.0)
        if rule == "away":
            sign = -sign
        return Quantity(name, measure, measure.column(column_side), sign, label)
    raise MoveError(f'unknown measure "{name}"; known: {", ".join(known_names())}')


def columns(public_only: bool = True) -> Iterator[tuple[str, Measure, Side | None]]:
    """Every column name with its measure and side, in the catalogue's order."""
    for measure in CATALOG:
        if public_only and not measure.public:
            continue
        if measure.sided:
            for side in SIDES:
                yield measure.column(side), measure, side
        else:
            yield measure.column(), measure, None


#: Every column, public or not, in the catalogue's order, and each one's place in that order.
COLUMN_NAMES: tuple[str, ...] = tuple(name for name, _, _ in columns(public_only=False))
COLUMN_INDEX: dict[str, int] = {name: k for k, name in enumerate(COLUMN_NAMES)}


def side_columns(measure: str) -> tuple[int, int]:
    """Places of a measure's left and right column, by the name that move files use."""
    left, right = (COLUMN_INDEX[BY_MOVE_NAME[measure].column(side)] for side in SIDES)
    return left, right
