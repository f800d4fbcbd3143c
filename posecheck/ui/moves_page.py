"""The page "Moves": what there is to do, drawn, and moves of one's own."""

from __future__ import annotations

import streamlit as st

from posecheck.core.errors import InputError, MoveError
from posecheck.core.move import MAX_FILE_BYTES, Dose, Move, parse_move
from posecheck.library import load_move, own_moves, own_moves_folder, shipped_ids
from posecheck.render.figure import figures_svg
from posecheck.staging import write_whole
from posecheck.ui import drawings, here, markup, routes

_MAX_KB = MAX_FILE_BYTES // 1000


def moves_page() -> None:
    """Draw the page; one rerun of it."""
    st.title("Moves", anchor=False)
    st.markdown("From ankle to shoulder: how each move goes, and where the camera stands for it.")
    shelf = own_moves()
    moves = {name: load_move(name).move for name in shipped_ids()}
    moves |= {name: loaded.move for name, loaded in shelf.moves.items()}
    for line in shelf.problems:
        st.warning(markup.plain(line), icon=":material/warning:")
    opened = st.query_params.get("move")
    for name, move in moves.items():
        _card(name, move, expanded=name == opened, own=name in shelf.moves)
    _own_move()


def _card(name: str, move: Move, *, expanded: bool, own: bool) -> None:
    with st.container(border=True, key=f"card-{name}"):
        st.subheader(move.name + (" (your own)" if own else ""), anchor=False)
        st.html(f'<div class="pc"><p>{markup.text(move.about)}</p></div>')
        figure = figures_svg(move)
        if figure:
            label = f"{move.name}, drawn"
            drawn = markup.picture(figure, label, "pc-drawn", dark=here.dark())
            st.html(markup.scrolling(drawn, label))
        with st.expander("How it goes", expanded=expanded, icon=":material/menu_book:"):
            _how(move)
        with st.container(horizontal=True):
            if st.button("Check a video of it", key=f"check-{name}", icon=":material/movie:"):
                st.session_state["move"] = name
                routes.go("check")
            if own:
                with st.popover("Remove", key=f"remove-{name}", icon=":material/delete:"):
                    _confirm_removal(name, move.name)


def _how(move: Move) -> None:
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.html(markup.heading("Step by step") + markup.bullets(move.how, ordered=True))
        wrong = [f"{fault.name}. {fault.explain}" for fault in move.faults]
        if wrong:
            st.html(markup.heading("What goes wrong") + markup.bullets(wrong))
    with right:
        st.html(
            markup.heading("Camera")
            + markup.picture(
                drawings.camera_svg(move), drawings.camera_words(move), "pc-plan", dark=here.dark()
            )
            + markup.bullets([move.camera.place, *move.setup])
        )
        st.html(markup.heading("How much") + markup.facts(dose_facts(move.dose)))
        if move.easier:
            st.html(markup.heading("Make it easier") + markup.paragraph(move.easier))
        if move.notes:
            st.html(markup.heading("What is not measured") + markup.paragraph(move.notes))
    st.caption(move.safety)


def dose_facts(dose: Dose) -> list[tuple[str, str]]:
    """A dose in words: (what, how much)."""
    each = " each side" if dose.per_side else ""
    facts = [
        ("Sets", _span(*dose.sets)),
        ("Repetitions", _span(*dose.repetitions) + each),
        ("Hold", f"{_span(*dose.hold_s)} s"),
        ("Days a week", _span(*dose.days_per_week)),
    ]
    return [fact for fact in facts if fact[1] not in ("0", "0 s")]


def _span(low: float, high: float) -> str:
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _own_move() -> None:
    st.subheader("A move of your own", anchor=False)
    st.markdown(
        "A move is a small text file that says which positions it has, how they are told apart and "
        "what goes wrong. `posecheck moves new NAME` writes a commented one to begin with."
    )
    upload = st.file_uploader("Move file (.toml)", type=["toml"], key="own-move")
    if upload is None:
        return
    raw = upload.getvalue()
    shown = markup.shown_name(upload.name)
    try:
        move = parse_move(raw, shown)
        _check_free(move.id, shown)
    except MoveError as error:
        st.error(markup.plain(str(error)), icon=":material/error:")
        return
    st.success(f"{markup.plain(move.name)}: this file can be used.", icon=":material/check:")
    there = move.id in own_moves().moves
    label = "Replace my move" if there else "Add to my moves"
    if st.button(label, type="primary", key="add-move"):
        # The id is checked by the schema (letters, digits, - and _): nothing else becomes a path.
        write_whole(own_moves_folder() / f"{move.id}.toml", raw)
        st.toast(f"{move.name} is among your moves.")
        st.rerun()


def _check_free(name: str, shown: str) -> None:
    if name in shipped_ids():
        raise MoveError(f'{shown}: id "{name}" is taken by a move of posecheck; give it another id')


def _confirm_removal(name: str, title: str) -> None:
    st.markdown(f"{markup.plain(title)} goes from your moves. Checks and sessions of it are kept.")
    if st.button("Remove", type="primary", key=f"remove-sure-{name}"):
        path = own_moves_folder() / f"{name}.toml"
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise InputError(f"{path}: cannot be removed: {error.strerror}") from error
        st.rerun()
