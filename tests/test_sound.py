"""Cues to hear: one at a time, spaced, never late; tones that differ and do not click."""

from __future__ import annotations

import io
import threading
import time
import wave

import numpy as np
import pytest

from posecheck.core.cues import LATE_S, SAME_AGAIN_S, SPACE_S, Cue, CueQueue, Rank, Tone
from posecheck.sound import player, tones
from posecheck.sound.announcer import Announcer
from posecheck.sound.player import SystemVoice

TONES: tuple[Tone, ...] = ("reached", "hold_done", "lost", "fault", "count", "start", "done")


def correction(t_s: float, text: str = "Heel down") -> Cue:
    return Cue(t_s, Rank.CORRECTION, "fault", text)


def test_a_cue_that_waited_too_long_is_dropped() -> None:
    queue = CueQueue()
    queue.offer(correction(0.0))
    assert queue.take(LATE_S + 0.01) is None
    assert queue.dropped == 1


def test_a_cue_in_time_is_given_once() -> None:
    queue = CueQueue()
    queue.offer(correction(0.0))
    assert queue.take(0.1) == correction(0.0)
    assert queue.take(0.2) is None


def test_cues_keep_their_distance() -> None:
    queue = CueQueue()
    queue.offer(Cue(0.0, Rank.STATE, "count"))
    assert queue.take(0.0) is not None
    queue.ended(1.0)
    queue.offer(Cue(1.0, Rank.STATE, "lost"))
    assert queue.take(1.0 + SPACE_S / 2) is None
    assert queue.take(1.0 + SPACE_S) is not None


def test_the_same_correction_waits_before_it_comes_again() -> None:
    queue = CueQueue()
    heard = []
    for t_s in np.arange(0.0, 3 * SAME_AGAIN_S, 1.0):
        queue.offer(correction(t_s))
        if queue.take(t_s):
            heard.append(t_s)
    assert np.diff(heard).min() >= SAME_AGAIN_S
    assert len(heard) == 3


def test_what_matters_more_goes_first_and_the_lesser_is_not_said_after_it() -> None:
    queue = CueQueue()
    queue.offer(Cue(0.0, Rank.PROGRESS, "reached"))
    queue.offer(correction(0.0))
    first = queue.take(0.1)
    assert first is not None
    assert first.rank == Rank.CORRECTION
    assert queue.take(0.6) is None


# --- tones ---


@pytest.mark.parametrize("tone", TONES)
def test_a_tone_begins_and_ends_in_silence_and_is_short(tone: Tone) -> None:
    wave_form = tones.samples(tone)
    assert wave_form.dtype == np.float32
    assert abs(wave_form[0]) < 1e-6
    assert abs(wave_form[-1]) < 1e-6
    assert 0.2 < np.abs(wave_form).max() <= 0.55
    assert len(wave_form) / tones.RATE_HZ == pytest.approx(tones.length_s(tone), abs=0.001)
    assert tones.length_s(tone) <= 0.5


def test_no_two_tones_are_alike() -> None:
    assert len({tones.samples(tone).tobytes() for tone in TONES}) == len(TONES)


def test_good_rises_and_bad_falls() -> None:
    def pitch_hz(part: np.ndarray) -> float:
        spectrum = np.abs(np.fft.rfft(part))
        return float(np.argmax(spectrum) * tones.RATE_HZ / len(part))

    for tone, rises in (("hold_done", True), ("start", True), ("fault", False)):
        wave_form = tones.samples(tone)  # type: ignore[arg-type]
        third = len(wave_form) // 3
        begin, end = pitch_hz(wave_form[:third]), pitch_hz(wave_form[-third:])
        assert (end > begin) == rises, tone


def test_the_wav_file_plays_the_same_samples() -> None:
    with wave.open(io.BytesIO(tones.wav("reached"))) as file:
        assert (file.getframerate(), file.getnchannels()) == (tones.RATE_HZ, 1)
        got = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32767
    assert np.abs(got - tones.samples("reached")).max() < 1e-4


# --- the thread ---


class FakeVoice:
    """Notes what it was asked for; a sentence lasts until it is stopped or ``say_s`` is over."""

    name = "fake"

    def __init__(self, say_s: float = 0.0) -> None:
        self.heard: list[str] = []
        self.say_s = say_s
        self.stopped = threading.Event()

    def play(self, tone: Tone) -> None:
        self.heard.append(tone)

    def say(self, text: str) -> None:
        self.heard.append(text)
        self.stopped.clear()
        self.stopped.wait(self.say_s)

    def stop(self) -> None:
        self.stopped.set()


def _until(fact) -> bool:  # type: ignore[no-untyped-def]
    end_s = time.monotonic() + 2.0
    while not fact() and time.monotonic() < end_s:
        time.sleep(0.005)
    return bool(fact())


def test_a_cue_is_heard_as_tone_then_words() -> None:
    voice = FakeVoice()
    with Announcer(voice) as announcer:
        announcer.offer([correction(0.0)])
        assert _until(lambda: voice.heard == ["fault", "Heel down"])


def test_tones_alone_where_speech_is_not_wanted() -> None:
    voice = FakeVoice()
    with Announcer(voice, speak=False) as announcer:
        announcer.offer([correction(0.0)])
        assert _until(lambda: voice.heard == ["fault"])


def test_offering_never_waits_for_the_voice() -> None:
    voice = FakeVoice(say_s=5.0)
    with Announcer(voice) as announcer:
        announcer.offer([correction(0.0)])
        assert _until(lambda: "Heel down" in voice.heard)
        began_s = time.monotonic()
        for _ in range(50):
            announcer.offer([correction(0.0, "Chest up")])
        assert time.monotonic() - began_s < 0.2
    assert "Chest up" not in voice.heard


def test_losing_the_person_interrupts_a_sentence() -> None:
    voice = FakeVoice(say_s=5.0)
    with Announcer(voice) as announcer:
        announcer.offer([correction(0.0)])
        assert _until(lambda: "Heel down" in voice.heard)
        announcer.offer([Cue(0.0, Rank.STATE, "lost")])
        assert _until(lambda: voice.heard[-1] == "lost")


def test_without_any_sound_program_nothing_is_played_and_nothing_breaks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(player, "_sounddevice", lambda: None)
    monkeypatch.setattr(player.shutil, "which", lambda name: None)
    voice = SystemVoice()
    voice.play("reached")
    voice.say("Heel down")
    voice.stop()
    assert voice.silent
    assert voice.name == "tones by nothing, speech by nothing"


def test_programs_of_the_system_play_and_speak(
    monkeypatch: pytest.MonkeyPatch, tmp_path, # type: ignore[no-untyped-def]
) -> None:  # fmt: skip
    for name in ("aplay", "espeak-ng"):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\necho "{name} $@" >> {tmp_path}/log\n')
        program.chmod(0o755)
    monkeypatch.setattr(player, "_sounddevice", lambda: None)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    monkeypatch.setattr(player, "_PLAYERS", (("aplay", "-q"),))
    monkeypatch.setattr(player, "_SPEAKERS", (("espeak-ng", "-s", "165"),))
    voice = SystemVoice()
    voice.play("reached")
    voice.say("Heel down; rm -rf /")
    lines = (tmp_path / "log").read_text().splitlines()
    assert lines[0].startswith("aplay -q ")
    assert lines[0].endswith("reached.wav")
    assert lines[1] == "espeak-ng -s 165 Heel down; rm -rf /"
