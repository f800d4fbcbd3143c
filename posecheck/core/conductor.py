"""A live set from set-up to done, as a state machine without clock, camera, sound or files.

Frames and commands go in with their times, events, cues and one :class:`LiveView` come out. The
overlay, the sounds, the JSON lines, the recorder and the web page all read these and nothing else.
The same frames and commands in the same order give the same events: a replay runs this very class.
"""

from __future__ import annotations

from posecheck.core.bands import ErrorBands
from posecheck.core.cues import Cue, Rank
from posecheck.core.engine import SideChoice
from posecheck.core.getting_ready import GettingReady
from posecheck.core.live_view import Command, Event, LiveView, Outbox, PausedBy, Plan, Stage
from posecheck.core.move import Move
from posecheck.core.neutral import Neutral
from posecheck.core.pose import PoseTrack
from posecheck.core.result import Repetition
from posecheck.core.set_runner import IDLE, SetRunner
from posecheck.core.table import FrameState, Reason, State
from posecheck.core.terms import Side

#: Nobody for longer than this: whoever comes may be somebody else, so the set-up starts again.
GONE_S = 10.0
_MISSING = (State.LOST, State.PAUSED)


class Conductor:
    """Leads one person through a set of one move.

    Attributes:
        view: what to show now.
        repetitions: those counted, in the order they ended.
    """

    def __init__(self, move: Move, bands: ErrorBands, plan: Plan) -> None:
        self._move, self._bands, self._plan = move, bands, plan
        self._out = Outbox()
        self._ready = GettingReady(move, plan, self._out)
        self._sides: tuple[Side, ...] = ("left", "right") if plan.side == "auto" else (plan.side,)
        self._working: SideChoice = plan.side
        self._neutral = Neutral()
        self.repetitions: list[Repetition] = []
        self._runner: SetRunner | None = None
        self._instruction: str | None = None
        self._paused_by: PausedBy | None = None
        self._gone_since_s: float | None = None
        self._held: set[str] = set()
        self._stage = Stage.SETUP
        if not plan.check_setup:
            self._run()
        self._before_pause = self._stage
        self.view = self._look()

    @property
    def cues(self) -> list[Cue]:
        """What to hear since the last :meth:`step` or :meth:`command`."""
        return self._out.cues

    def step(self, frame: PoseTrack) -> list[Event]:
        """Take one frame, a track of length one, later than the last; gives what happened."""
        self._out.begin(float(frame.t_s[0]))
        if self._stage in (Stage.SETUP, Stage.COUNTDOWN):
            self._step_setup(frame)
        elif self._stage is Stage.RUNNING:
            self._step_running(frame)
        self.view = self._look()
        return self._out.events

    def command(self, command: Command, t_s: float) -> list[Event]:
        """Take a command at ``t_s``; gives what happened. After the end nothing happens."""
        self._out.begin(max(t_s, self._out.now_s))
        if self._stage is not Stage.DONE:
            {
                Command.PAUSE: self._toggle_pause,
                Command.NEXT: self._next,
                Command.SIDE: self._other_side,
                Command.STOP: lambda: self._finish("stopped"),
                Command.CAMERA_LOST: self._camera_lost,
                Command.CAMERA_BACK: self._camera_back,
            }[command]()
        self.view = self._look()
        return self._out.events

    def _look(self) -> LiveView:
        side = self._side()
        done = self._done()
        asked = (side,) if side else self._sides
        running = self._runner is not None and self._stage in (Stage.RUNNING, Stage.PAUSED)
        starts_at_s = self._ready.starts_at_s if self._stage is Stage.COUNTDOWN else None
        return LiveView(
            t_s=self._out.now_s,
            stage=self._stage,
            frame=self._runner.shown if self._runner and running else IDLE,
            side=side,
            done=done,
            target=self._plan.repetitions,
            left=sum(max(0, self._plan.repetitions - done[s]) for s in asked),
            instruction=self._instruction,
            countdown_s=None if starts_at_s is None else max(0.0, starts_at_s - self._out.now_s),
            paused_by=self._paused_by,
        )

    def _done(self) -> dict[str, int]:
        return {side: sum(r.side == side for r in self.repetitions) for side in self._sides}

    def _side(self) -> Side | None:
        if self._working != "auto":
            return self._working
        return self._runner.active if self._runner else None

    def _todo(self) -> list[Side]:
        done = self._done()
        return [side for side in self._sides if done[side] < self._plan.repetitions]

    # --- before ---

    def _step_setup(self, frame: PoseTrack) -> None:
        if self._ready.step(frame):
            self._start()
        else:
            self._show_setup()

    def _show_setup(self) -> None:
        counting = self._ready.starts_at_s is not None
        self._stage = Stage.COUNTDOWN if counting else Stage.SETUP
        hint = self._ready.hint
        self._instruction = self._move.phases[0].say if counting else hint.text if hint else None

    def _start(self) -> None:
        self._neutral = self._ready.neutral()
        self._run()
        seen = sorted(self._neutral.seen)
        self._out.tell("started", side=self._working, neutral_seen=seen)
        self._out.sound(Rank.STATE, "start", self._instruction, prompt=True)

    def _run(self) -> None:
        """Fresh engines for the working side, or for both."""
        sides = self._sides if self._working == "auto" else (self._working,)
        self._runner = SetRunner(self._move, self._bands, sides, self._neutral)
        self._stage = Stage.RUNNING
        self._instruction = self._move.phases[0].say
        self._gone_since_s = None
        self._held.clear()

    # --- running ---

    def _step_running(self, frame: PoseTrack) -> None:
        assert self._runner is not None
        progress = self._runner.step(frame)
        self._compare(progress.before, progress.now)
        for repetition in progress.finished:
            self._count(repetition)
        if self._stage is Stage.RUNNING:
            self._watch_absence(progress.now)

    def _count(self, repetition: Repetition) -> None:
        side = repetition.side
        count = self._done()[side] + 1
        counted = repetition.model_copy(update={"index": count})
        self.repetitions.append(counted)
        left = max(0, self._plan.repetitions - count)
        self._out.tell("repetition", side=side, index=count, left=left,
                       result=counted.model_dump(mode="json"))  # fmt: skip
        self._instruction = self._move.phases[0].say
        if left:
            self._out.sound(Rank.PROGRESS, "done", f"{left} to go", prompt=True)
            return
        todo = self._todo()
        self._out.tell("side_done", side=side, next=todo[0] if todo else None)
        if not todo:
            self._finish("all repetitions are done")
        elif self._working != "auto":
            self._switch_to(todo[0])
        else:
            self._instruction = f"Now the {todo[0]} side."
            self._out.sound(Rank.STATE, "done", self._instruction)

    def _compare(self, before: FrameState, now: FrameState) -> None:
        """Events from what changed since the frame before."""
        missing, was = now.state in _MISSING, before.state in _MISSING
        if missing and not was:
            self._out.tell("lost", state=now.state.value, reason=now.reason)
            self._out.sound(Rank.STATE, "lost")
        elif was and not missing:
            self._out.tell("found")
        if now.phase_id is None:
            self._held.clear()
        elif now.phase_id != before.phase_id:
            self._reach(now, now.phase_id)
        if now.phase_id is not None and now.phase_id not in self._held:
            self._watch_hold(now, now.phase_id)
        if now.cue_id is not None and now.cue_id != before.cue_id:
            self._out.tell("fault", side=now.side, phase=now.phase_id, fault=now.cue_id,
                           cue=now.cue)  # fmt: skip
            self._out.sound(Rank.CORRECTION, "fault", now.cue)

    def _reach(self, now: FrameState, phase_id: str) -> None:
        self._held.clear()
        number = self._done().get(now.side or "", 0) + 1
        self._out.tell("phase", side=now.side, repetition=number, phase=phase_id,
                       title=now.phase_name, hold_target_s=now.hold_target_s)  # fmt: skip
        self._instruction = None if now.hold_target_s else self._say_after(phase_id)
        self._out.sound(Rank.PROGRESS, "reached", self._instruction, prompt=True)

    def _watch_hold(self, now: FrameState, phase_id: str) -> None:
        if now.hold_s is None or now.hold_target_s is None or now.hold_s < now.hold_target_s:
            return
        self._held.add(phase_id)
        self._instruction = self._say_after(phase_id)
        self._out.tell("hold_done", side=now.side, phase=phase_id, hold_s=round(now.hold_s, 3),
                       target_s=now.hold_target_s)  # fmt: skip
        self._out.sound(Rank.PROGRESS, "hold_done", self._instruction, prompt=True)

    def _say_after(self, phase_id: str) -> str | None:
        """The prompt of the position that comes after ``phase_id``."""
        ids = [phase.id for phase in self._move.phases]
        later = self._move.phases[ids.index(phase_id) + 1 :]
        return later[0].say if later else None

    def _watch_absence(self, now: FrameState) -> None:
        if now.state is not State.LOST or now.reason != Reason.NOBODY.text:
            self._gone_since_s = None
        elif self._gone_since_s is None:
            self._gone_since_s = self._out.now_s
        elif self._out.now_s - self._gone_since_s > GONE_S and self._plan.check_setup:
            self._out.tell("left", after_s=GONE_S)
            self._runner = None
            self._ready.restart()
            self._show_setup()

    # --- commands ---

    def _pause(self, by: PausedBy) -> None:
        self._before_pause, self._stage = self._stage, Stage.PAUSED
        self._paused_by = by
        self._out.tell("paused", by=by)
        gone = by == "camera"
        self._out.sound(Rank.STATE, "lost" if gone else None,
                        "The camera is gone." if gone else "Paused.")  # fmt: skip

    def _resume(self) -> None:
        self._stage, self._paused_by = self._before_pause, None
        self._out.tell("resumed")
        if self._runner is None:
            self._ready.interrupt()
            self._show_setup()

    def _toggle_pause(self) -> None:
        if self._stage is not Stage.PAUSED:
            self._pause("person")
        elif self._paused_by == "person":
            self._resume()

    def _camera_lost(self) -> None:
        if self._stage is not Stage.PAUSED:
            self._pause("camera")

    def _camera_back(self) -> None:
        if self._paused_by == "camera":
            self._resume()

    def _next(self) -> None:
        if self._stage is Stage.PAUSED:
            self._toggle_pause()
        elif self._runner is not None:
            self._skip_side()
        elif self._ready.skip():
            self._start()
        else:
            self._show_setup()

    def _skip_side(self) -> None:
        side = self._side()
        todo = [s for s in self._todo() if s != side]
        if side is None or not todo:
            self._finish("skipped to the end")
        else:
            self._switch_to(todo[0])

    def _other_side(self) -> None:
        self._switch_to("right" if self._side() == "left" else "left")

    def _switch_to(self, side: Side) -> None:
        self._working = side
        if side not in self._sides:
            self._sides = (*self._sides, side)
        text = f"Now the {side} side."
        if self._runner is not None:
            paused = self._stage is Stage.PAUSED
            self._run()
            self._stage = Stage.PAUSED if paused else Stage.RUNNING
            self._instruction = text
        self._out.tell("side", side=side)
        self._out.sound(Rank.STATE, None, text)

    def _finish(self, why: str) -> None:
        self._stage, self._paused_by, self._instruction = Stage.DONE, None, None
        self._out.tell("done", why=why, repetitions=self._done())
        self._out.sound(Rank.STATE, "done", "Done.")
