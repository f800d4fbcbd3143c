"""Move files: shipped ones are good; each mistake gives one line with file, field and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from posecheck.core.catalog import resolve
from posecheck.core.errors import InputError, MoveError
from posecheck.core.move import MAX_FILE_BYTES, parse_move
from posecheck.library import load_move, shipped_ids

GOOD = """
schema = 1
id = "lunge"
name = "Lunge"
about = "A lunge."
posture = "standing"
how = ["Step forward."]
safety = "Pain is a stop sign."
start = [{ measure = "knee_flexion_deg", below = 20 }]

[camera]
plane = "side"
place = "At your side."

[dose]
sets = [1, 3]
repetitions = [5, 8]
hold_s = [2.0, 5.0]
days_per_week = [1, 5]

[[phases]]
id = "down"
name = "Down"
say = "Down"
view = "side"
enter = [{ measure = "knee_flexion_deg", above = 60 }]
hold_s = 2.0
headline = "knee_flexion_deg"

[[phases.criteria]]
measure = "knee_flexion_deg"
at_least = 80

[[phases]]
id = "pulse"
name = "Pulse"
say = "Pulse"
view = "side"
enter = [{ measure = "knee_flexion_deg", above = 40, fallen = 10 }]
headline = "knee_flexion_deg"

[[phases]]
id = "up"
name = "Up"
say = "Up"
view = "any"
final = true
headline = "knee_flexion_deg"

[[faults]]
id = "heel_lift"
name = "Heel lifts"
phases = ["down"]
measure = "heel_lift_deg"
warn = 5
fault = 10
cue = "Heel down"
explain = "The heel lifts."
easier = "Go less deep."

[[faults]]
id = "trunk_back"
name = "Trunk back"
measure = "trunk_lean_deg"
direction = "below"
warn = -5
fault = -10
cue = "Trunk tall"
explain = "The trunk leans back."
easier = "Go less deep."
"""


def complaint(text: str | bytes) -> str:
    """The one line that a bad file gives."""
    raw = text.encode() if isinstance(text, str) else text
    with pytest.raises(MoveError) as caught:
        parse_move(raw, "mine/lunge.toml")
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith("mine/lunge.toml: ")
    assert caught.value.exit_code == 2
    return line


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) >= 1, old
    return GOOD.replace(old, new, 1)


def test_the_example_of_these_tests_is_good() -> None:
    move = parse_move(GOOD.encode(), "lunge.toml")
    assert [move.predecessors(k) for k in range(3)] == [(), (0,), (1,)]


@pytest.mark.parametrize("name", shipped_ids())
def test_every_shipped_move_is_whole(name: str) -> None:
    loaded = load_move(name)
    move = loaded.move
    assert move.id == name
    assert len(loaded.sha256) == 64
    assert move.references
    for phase in move.phases:
        resolve(phase.headline, "left")
    criteria = [c for phase in move.phases for c in phase.criteria]
    targets = [c for c in criteria if (c.at_least, c.at_most) != (None, None)]
    assert targets, "a move without one target tells nobody how they did"
    for criterion in targets:
        assert criterion.advice or criterion.why, f"{criterion.measure}: no advice and no source"
    assert any(phase.final for phase in move.phases)
    if move.dose.hold_s[1] > 5.0:  # a stretch, not a test that only touches
        assert any(fault.kind == "short_hold" for fault in move.faults)


def test_the_standing_hip_chain_has_its_seven_positions_in_order() -> None:
    phases = [phase.id for phase in load_move("standing-hip").move.phases]
    assert phases == ["flexion", "lower", "open", "side_hold", "turn_in", "extension", "return"]


# --- mistakes ---

#: mistake -> (what is replaced, by what, parts that the line must have)
MISTAKES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "unknown measure in a condition": (
        'enter = [{ measure = "knee_flexion_deg", above = 60 }]',
        'enter = [{ measure = "knee_flexion", above = 60 }]',
        ('phases "down"', "enter", 'unknown measure "knee_flexion"', "knee_flexion_deg", "Known:"),
    ),
    "unknown measure in a criterion": (
        '[[phases.criteria]]\nmeasure = "knee_flexion_deg"',
        '[[phases.criteria]]\nmeasure = "knee_angle_deg"',
        ('phases "down"', "criteria", 'unknown measure "knee_angle_deg"', "did you mean"),
    ),
    "unknown measure in a fault": (
        'measure = "heel_lift_deg"', 'measure = "heel_height_deg"',
        ('faults "heel_lift"', 'unknown measure "heel_height_deg"', "heel_lift_deg"),
    ),
    "unknown headline": (
        'headline = "knee_flexion_deg"', 'headline = "knee_angle"',
        ('phases "down"', "headline", 'unknown measure "knee_angle"', "knee_flexion_deg"),
    ),
    "above not under below": (
        "above = 60 }", "above = 60, below = 60 }",
        ('phases "down"', "enter 1", "above = 60", "below = 60", "smaller"),
    ),
    "condition without a bound": (
        ", above = 60 }", " }",
        ('phases "down"', "enter 1", "at least one of above, below"),
    ),
    "fallen must be positive": (
        "fallen = 10", "fallen = -10",
        ('phases "pulse"', "enter 1", "fallen", "greater than 0"),
    ),
    "targets leave a gap": (
        "at_least = 80", "at_least = 80\nat_most = 70",
        ('phases "down"', "criteria 1", "at_least = 80", "at_most = 70", "smaller"),
    ),
    "start and first phase overlap": (
        "above = 60 }", "above = 20 }",
        ('phase "down"', "start", "overlap", "knee_flexion_deg", "leave a gap"),
    ),
    "start and first phase share nothing": (
        'enter = [{ measure = "knee_flexion_deg", above = 60 }]',
        'enter = [{ measure = "shin_tilt_deg", above = 60 }]',
        ('phase "down"', "start", "share no measure", "bound one measure in both"),
    ),
    "after forms a cycle": (
        'id = "down"', 'id = "down"\nafter = ["pulse"]',
        ("after", "cycle", "down", "pulse", "remove"),
    ),
    "after names nothing known": (
        'id = "pulse"', 'id = "pulse"\nafter = ["squat"]',
        ('phase "pulse"', "after", '"squat"', "down"),
    ),
    "after itself": (
        'id = "pulse"', 'id = "pulse"\nafter = ["pulse"]',
        ("after", "cycle", "pulse"),
    ),
    "phase id twice": (
        'id = "pulse"', 'id = "down"', ('phase id "down"', "2 times", "unique"),
    ),
    "fault id twice": (
        'id = "trunk_back"', 'id = "heel_lift"', ('fault id "heel_lift"', "2 times", "unique"),
    ),
    "fault in an unknown phase": (
        'phases = ["down"]', 'phases = ["sink"]',
        ('fault "heel_lift"', "phases", '"sink"', "down"),
    ),
    "wrong type": (
        "hold_s = 2.0\nheadline", 'hold_s = "two"\nheadline',
        ('phases "down"', "hold_s", "number"),
    ),
    "wrong word": (
        'posture = "standing"', 'posture = "upright"', ("posture", "standing"),
    ),
    "missing field": (
        'safety = "Pain is a stop sign."\n', "", ("safety", "missing", "add"),
    ),
    "missing field of a phase": (
        'say = "Down"\n', "", ('phases "down"', "say", "missing"),
    ),
    "unknown field": (
        'posture = "standing"', 'posture = "standing"\ncolour = "red"',
        ("colour", "unknown field"),
    ),
    "unknown field of a fault": (
        "warn = 5", "warm = 5", ('faults "heel_lift"', "warm", "unknown field"),
    ),
    "a phase that can never begin": (
        'enter = [{ measure = "knee_flexion_deg", above = 60 }]', "enter = []",
        ('phase "down"', "enter is empty"),
    ),
    "start without a condition": (
        'start = [{ measure = "knee_flexion_deg", below = 20 }]', "start = []", ("start",),
    ),
    "warn beyond fault": (
        "warn = 5\nfault = 10", "warn = 15\nfault = 10",
        ('fault "heel_lift"', "warn = 15", "fault = 10", "above"),
    ),
    "warn beyond fault downwards": (
        "warn = -5\nfault = -10", "warn = -15\nfault = -10",
        ('fault "trunk_back"', "warn = -15", "below"),
    ),
    "a measured fault without its measure": (
        'measure = "heel_lift_deg"\n', "", ('fault "heel_lift"', "needs a measure"),
    ),
    "a measured fault without its number": (
        "warn = 5\nfault = 10\n", "warn = 5\n", ('fault "heel_lift"', "needs the number fault"),
    ),
    "a falling dose": (
        "sets = [1, 3]", "sets = [3, 1]", ("dose", "sets = [3, 1]", "larger"),
    ),
    "more positions asked than there are": (
        "schema = 1", "schema = 1\nleast_phases = 9", ("least_phases = 9",),
    ),
    "a newer schema": ("schema = 1", "schema = 2", ("schema", "1")),
    "a threshold that is no number": (
        "above = 60 }", "above = nan }", ('phases "down"', "enter 1", "above", "finite"),
    ),
    "a threshold without end": (
        "fault = 10", "fault = inf", ('faults "heel_lift"', "fault", "finite"),
    ),
    "nothing near an unknown measure": (
        'measure = "heel_lift_deg"', 'measure = "zzz"', ('unknown measure "zzz"; Known: ankle',),
    ),
    "a condition of a fault that looks back": (
        "warn = 5\nfault = 10",
        'when = [{ measure = "knee_flexion_deg", risen = 5 }]\nwarn = 5\nfault = 10',
        ('fault "heel_lift"', "when takes above and below"),
    ),
    "an id with spaces": ('id = "lunge"', 'id = "My lunge"', ("id",)),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_names_file_field_and_remedy_in_one_line(mistake: str) -> None:
    old, new, parts = MISTAKES[mistake]
    line = complaint(changed(old, new))
    for part in parts:
        assert part in line


def test_no_phases_at_all() -> None:
    head, _, _ = GOOD.partition("[[phases]]")
    assert "phases" in complaint(head)
    assert "phases" in complaint(head.replace("[camera]", "phases = []\n[camera]", 1))


def test_only_a_way_back_is_no_move() -> None:
    head, _, rest = GOOD.partition("[[phases]]")
    final = "[[phases]]" + rest.split("[[phases]]")[-1].split("[[faults]]")[0]
    assert "at least one must not be final" in complaint(head + final)


def test_several_mistakes_are_counted() -> None:
    text = changed('say = "Down"\n', "").replace("hold_s = 2.0\n", 'hold_s = "two"\n')
    assert "(and 1 more)" in complaint(text)


def test_text_that_is_not_toml_says_where() -> None:
    line = complaint(changed("[camera]", "[camera"))
    assert "not valid TOML" in line
    assert "line" in line


def test_bytes_that_are_not_utf8_say_where() -> None:
    line = complaint(GOOD.replace("A lunge.", "Größe").encode("latin-1"))
    assert "line 5 is not UTF-8" in line
    assert "save the file as UTF-8" in line


@pytest.mark.parametrize(
    "text", ["x = " + "[" * 50_000, "x = " + "9" * 5000, "x = 1\nx = 2"],
    ids=["nested", "long number", "key twice"],
)  # fmt: skip
def test_odd_toml_is_refused_in_one_line(text: str) -> None:
    assert "not valid TOML" in complaint(text)


def test_an_empty_file_names_the_first_field_to_add() -> None:
    assert "is missing; add it" in complaint("")


def test_a_very_large_file_is_refused_by_its_size(tmp_path: Path) -> None:
    assert "MB" in complaint(b"#" * (MAX_FILE_BYTES + 1))
    huge = tmp_path / "lunge.toml"
    with huge.open("wb") as file:
        file.truncate(50_000_000)
    with pytest.raises(MoveError, match=r"lunge\.toml: .*this one has 50 MB"):
        load_move(str(huge))


# --- finding moves ---


def test_an_unknown_move_names_near_ones_and_all() -> None:
    with pytest.raises(InputError) as caught:
        load_move("standing-hips")
    line = str(caught.value)
    assert 'unknown move "standing-hips": did you mean standing-hip' in line
    assert "ankle-dorsiflexion" in line
    assert "\n" not in line


def test_nothing_near_is_no_guess() -> None:
    with pytest.raises(InputError, match=r'unknown move "zzz": known moves: '):
        load_move("zzz")


def test_a_move_of_ones_own_is_read_from_its_file(tmp_path: Path) -> None:
    mine = tmp_path / "lunge.toml"
    mine.write_text(GOOD, encoding="utf-8")
    assert load_move(str(mine)).move.name == "Lunge"


def test_the_hash_follows_the_bytes(tmp_path: Path) -> None:
    mine = tmp_path / "lunge.toml"
    mine.write_text(GOOD, encoding="utf-8")
    first = load_move(str(mine)).sha256
    mine.write_text(GOOD + "# a remark\n", encoding="utf-8")
    assert load_move(str(mine)).sha256 != first


@pytest.mark.parametrize("what", ["missing", "folder"])
def test_a_path_that_cannot_be_read_says_so(tmp_path: Path, what: str) -> None:
    path = tmp_path / "lunge.toml"
    if what == "folder":
        path.mkdir()
    with pytest.raises(InputError, match=r"lunge\.toml: cannot read the move file"):
        load_move(str(path))
