"""The page "Replay": a session frame by frame, beside another one, and scored anew."""

from __future__ import annotations

import streamlit as st

from posecheck.comparing import change_words
from posecheck.core import words
from posecheck.core.aligning import anchors
from posecheck.core.compare import Difference, RepetitionPair, compare
from posecheck.core.errors import NobodySeenError
from posecheck.core.result import Result
from posecheck.session.folder import Listed, delete_session
from posecheck.sessions import rescore
from posecheck.ui import address, here, markup, media, past, player, recordings, routes
from posecheck.ui.recordings import Opened

_LISTED, _A_ROW = 8, 4
_BEGINNINGS = (
    ("to-check", "Check a video", "movie", "check"),
    ("to-live", "Go live", "videocam", "live"),
    ("see-moves", "See the moves", "accessibility_new", "moves"),
)
#: Checked videos that lie elsewhere are looked for among so many.
_MOST_ELSEWHERE = 500


def replay_page() -> None:
    """Draw the page; one rerun of it."""
    st.title("Replay", anchor=False)
    with past.opened(here.person()) as mine:
        elsewhere = mine.checked(_MOST_ELSEWHERE)
    listed = recordings.usable((here.sessions_root(), here.results_root()), elsewhere)
    if not listed:
        _empty()
        return
    first, second, pictured = st.columns([5, 5, 2], vertical_alignment="bottom")
    with pictured:
        _pictured(listed)
    with first:
        name = _choose(listed)
    chosen = recordings.opened(listed[name].folder)
    with second:
        other = _choose_other(listed, name)
    _play(listed, name, chosen, other)
    for problem in chosen.recording.problems:
        st.warning(markup.plain(problem), icon=":material/warning:")
    if other is not None:
        _compare(chosen, recordings.opened(listed[other].folder))
    elif chosen.result is not None:
        st.html(markup.bullets(chosen.result.verdict))
    _rescore(chosen)
    _files(listed[name])


def _empty() -> None:
    st.markdown(
        "Nothing to look at yet. Check a video, or record a live session with or without its "
        "pictures, and look at it here frame by frame, beside an earlier one."
    )
    with st.container(horizontal=True):
        for key, label, icon, page in _BEGINNINGS:
            if st.button(label, icon=f":material/{icon}:", key=key):
                routes.go(page)
    st.caption("In a terminal: posecheck check clip.mp4, or posecheck live --record")


# --- choosing ---


def _choose(listed: dict[str, Listed]) -> str:
    names = list(listed)
    address.recall("session", names, names[0])
    chosen = st.selectbox(
        "Session", names, format_func=lambda n: recordings.title(listed[n]), key="session"
    )
    address.remember("session", chosen, names[0])
    return chosen


def _pictured(listed: dict[str, Listed]) -> None:
    """The newest sessions to choose from by their pictures."""
    with st.popover("Pictures", icon=":material/grid_view:", width="stretch", key="pictured"):
        st.markdown("**The newest sessions**")
        shown = list(listed)[:_LISTED]
        for start in range(0, len(shown), _A_ROW):
            for place, one in zip(st.columns(_A_ROW), shown[start : start + _A_ROW], strict=False):
                with place:
                    _thumbnail(one, listed[one])


def _thumbnail(name: str, one: Listed) -> None:
    address = recordings.thumbnail(one.folder)
    if address:
        label = markup.text(recordings.title(one))
        st.html(f'<img class="pc-thumb" src="{address}" alt="{label}">')

    def choose() -> None:
        st.session_state["session"] = name

    st.button(
        recordings.began(one), key=f"pick-{name}", on_click=choose, width="stretch",
        help=recordings.title(one),
    )  # fmt: skip


def _choose_other(listed: dict[str, Listed], name: str) -> str | None:
    """Another session of the same move to stand beside it."""
    move = _move_id(listed[name])
    others = [n for n, one in listed.items() if n != name and _move_id(one) == move]
    if not others:
        return None
    address.recall("beside", others, None)
    chosen = st.selectbox(
        "Beside it", others, index=None, format_func=lambda n: recordings.title(listed[n]),
        placeholder="Nothing: this session alone",
        key="beside",
        help="Another session of the same move. It follows the first one position by position.",
    )  # fmt: skip
    address.remember("beside", chosen, None)
    return chosen


def _move_id(one: Listed) -> str:
    return one.info.move.id if one.info else ""


# --- playing ---


def _play(listed: dict[str, Listed], name: str, chosen: Opened, other: str | None) -> None:
    bodies = [_body(listed[name], chosen)]
    pairs: list[tuple[float, float]] = []
    if other is not None:
        second = recordings.opened(listed[other].folder)
        bodies.append(_body(listed[other], second))
        if chosen.result is not None and second.result is not None:
            pairs = anchors(chosen.result, second.result)
        if not pairs:
            st.info("No position is in both, so both run by the clock.", icon=":material/info:")
    player.show(bodies, pairs)
    st.caption(
        "Arrow keys step a frame, the space bar plays. Amber and thick is your left, blue and thin "
        "your right. A triangle is something to change: press it to go there."
    )


def _body(one: Listed, opened: Opened) -> dict[str, object]:
    recording = opened.recording
    video = recordings.video_of(recording)
    # The landmarks lie on the pixels of the recorded pictures.
    on_video = video is not None and recording.info.mirrored
    track = recording.track.reflected() if on_video else recording.track
    where = media.address_of(video, f"replay-{one.folder.name}") if video else ""
    # A check's film has the body in it.
    drawn = recording.info.kind == "check"
    return player.body(track, opened.result, recordings.title(one), where, drawn=drawn)


# --- comparing and scoring ---


def _compare(chosen: Opened, other: Opened) -> None:
    if chosen.result is None or other.result is None:
        st.info("Nobody was seen in one of them: there is nothing to compare.")
        return
    st.subheader("What differs", anchor=False)
    _show_pairs(compare(chosen.result, other.result), ("This", "Beside"))


def _rescore(chosen: Opened) -> None:
    st.subheader("Score it again", anchor=False)
    st.markdown(
        "The landmarks are kept, so today's rules can judge an old session. It stays as it is."
    )
    if not st.button("Score with today's rules", icon=":material/refresh:", key="rescore"):
        return
    try:
        with st.spinner("Scoring"):
            found = rescore(chosen.recording)
    except NobodySeenError:
        st.info("Nobody was seen in this session: there is nothing to score.")
        return
    same = found.then.move.sha256 == found.now.move.sha256
    st.html(markup.paragraph(
        f"Then posecheck {found.then.software_version}, now {found.now.software_version}, with "
        f"{'the same' if same else 'a changed'} move file."
    ))  # fmt: skip
    changed = _changed(found.then, found.now)
    if changed:
        _show_pairs(changed, ("Then", "Now"))
    else:
        st.success("Nothing changed.", icon=":material/check:")
    st.html(markup.bullets(found.now.verdict))


def _changed(then: Result, now: Result) -> list[RepetitionPair]:
    return [pair for pair in compare(then, now) if _differs(pair)]


def _differs(pair: RepetitionPair) -> bool:
    if pair.before is None or pair.after is None or pair.faults_gone or pair.faults_new:
        return True
    return any(
        d.before != d.after and (d.change is None or abs(d.change) > 1e-9)
        for phase in pair.phases for d in phase.differences
    )  # fmt: skip


def _show_pairs(pairs: list[RepetitionPair], names: tuple[str, str]) -> None:
    if not pairs:
        st.html(markup.paragraph("No repetition was found in either."))
    for pair in pairs:
        with st.expander(f"Repetition {pair.index}, {pair.side}", expanded=pair is pairs[0]):
            st.html(_notes(pair, names) + _table(pair, names))


def _notes(pair: RepetitionPair, names: tuple[str, str]) -> str:
    if pair.before is None or pair.after is None:
        return markup.paragraph(f"Only in: {names[1] if pair.before is None else names[0]}.")
    said = ""
    if pair.faults_gone:
        said += markup.paragraph(f"No longer: {', '.join(pair.faults_gone)}.")
    if pair.faults_new:
        said += markup.paragraph(f"New: {', '.join(pair.faults_new)}.")
    return said


def _table(pair: RepetitionPair, names: tuple[str, str]) -> str:
    head = "".join(f'<th scope="col">{h}</th>' for h in ("Measure", *names, "Change"))
    body = ""
    for phase in pair.phases:
        rows = "".join(_row(one, names) for one in phase.told)
        if rows:
            body += (
                f'<tr class="phase"><th scope="rowgroup" colspan="4">{markup.text(phase.name)}'
                f"</th></tr>{rows}"
            )
    if not body:
        return ""
    return (
        f'<div class="pc"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _row(one: Difference, names: tuple[str, str]) -> str:
    change, judgement = change_words(one)
    before, after = (
        "–" if value is None else words.number(value, one.unit) for value in (one.before, one.after)
    )
    said = f"{change} {judgement}".strip()
    strong = "reading" if one.clear else ""
    cells = "".join(
        f'<td class="num" data-of="{name}">{value}</td>'
        for name, value in zip(names, (before, after), strict=True)
    )
    return (
        f'<tr><th scope="row">{markup.text(one.label)}</th>{cells}'
        f'<td class="result {strong}">{markup.text(said)}</td></tr>'
    )


def _files(one: Listed) -> None:
    """Where it comes from, and away with it where it is ours."""
    checked = one.info is not None and one.info.kind == "check"
    ours = one.folder.parent in (here.sessions_root(), here.results_root())
    with st.container(horizontal=True):
        if checked and ours and st.button(
            "Open its result", icon=":material/fact_check:", key="open-result"
        ):  # fmt: skip
            routes.go("check", {"check": one.folder.name})
        if ours:
            _delete(one, "check" if checked else "recording")
    if not ours:
        st.caption(f"It lies in {markup.plain(str(one.folder))}.")


def _delete(one: Listed, what: str) -> None:
    with st.popover(f"Delete this {what}", icon=":material/delete:", key="delete-recording"):
        st.markdown("Its landmarks and pictures go for good. Its numbers stay in the history.")
        if st.button("Delete", type="primary", key="delete-recording-sure"):
            delete_session(one.folder)
            for key in ("session", "beside"):
                st.session_state.pop(key, None)
            st.toast(f"The {what} is deleted.")
            st.rerun()
