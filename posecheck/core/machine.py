"""The phase machine of one side: which position, how long held, when a repetition is whole.

It steps over a :class:`Tape`, frame by frame, and never looks ahead, so that a replay and a live
session give the same events.
"""

from __future__ import annotations

import math

from posecheck.core.faults import FaultSpan, FaultTracker
from posecheck.core.move import Condition
from posecheck.core.shown import counts, hidden, mostly_shown
from posecheck.core.table import Reason, State
from posecheck.core.tape import Tape
from posecheck.core.trace import VISIT_S, Hold, PhaseTrace, RepetitionTrace

#: Movement and missing landmarks shorter than this do not break a hold.
BRIDGE_S = 0.3
#: Nobody seen for longer than this: the repetition under way is given up.
GIVE_UP_S = 3.0
#: A position that comes out of turn must last longer to be believed.
OUT_OF_TURN_DWELL_S = 0.6
#: The start position in mid-chain suspends the repetition for so long before it ends it.
RESUME_S = 1.5
#: A foot down in mid-chain for longer than this, and at rest, is a touch-down; a leg that swings
#: past the other is not.
TOUCHDOWN_S = 0.25
#: A movement's beginning is looked for at most so far back from where its position was reached.
ONSET_S = 4.0
#: It began above this speed, also where noise makes a hold begin at a higher one.
_ONSET_DEGPS = 14.0
#: A hold begins below this share of the way in's top speed, where the move's own limit is higher: a
#: slow way in would pass that limit long before it ends. But never below ``_LEAST_STILL_DEGPS``,
#: which is noise.
_STILL_SHARE = 0.2
_LEAST_STILL_DEGPS = 2.0
#: The beginning of a way out lasts no longer; a hold's last unrest that does is noise.
_WAY_OUT_S = 0.4
#: Of several holds in a position, one of less than this share of the longest is a mere pause.
_HOLD_SHARE = 0.5


class PhaseMachine:
    """Steps one side of one move; see the module's docstring.

    Attributes:
        state, phase, hold_s, pause: what to show for the frame last stepped.
        finished: repetitions in the order they ended.
        attempts: (first, last) frames of movements that were given up or fell short.
    """

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._move = tape.move
        count = len(self._move.phases)
        self._still_degps = self._move.still_below_degps
        self._moving_degps = self._move.moving_above_degps
        self._required = [k for k in range(count) if not self._move.phases[k].final]
        self._before = [set(self._move.predecessors(k)) for k in range(count)]
        self._dwells = [phase.dwell_s for phase in self._move.phases]
        self._long_dwells = [OUT_OF_TURN_DWELL_S] * count
        self._roots = [k for k in self._required if not self._before[k]]
        # Ends of one way have no order; positions of a chain are passed again on the way back.
        self._ends = self._roots if self._roots == self._required else []
        followed = set().union(*(self._before[k] for k in self._required))
        self._last = [k for k in self._required if k not in followed]
        self._relative = [_relative(phase.enter) for phase in self._move.phases]
        self._start_relative = _relative(self._move.start)
        compared = [*self._start_relative, *(c for r in self._relative for c in r)]
        self._compared = {c.measure: tape.followed[c.measure] for c in compared}
        self.finished: list[RepetitionTrace] = []
        self.attempts: list[tuple[int, int]] = []
        self.active_faults: list[str] = []
        # Whoever went missing in mid-repetition begins the next one from the start position.
        self._must_start = False
        self._reset_all()

    def _reset_all(self) -> None:
        self.state = State.READY
        self.phase: int | None = None
        self.hold_s = 0.0
        self.pause = Reason.OK
        self._trace: RepetitionTrace | None = None
        self._tracker: FaultTracker | None = None
        self._dwell_since: dict[int, int] = {}
        self._start_since: int | None = None
        self._floor = 0
        self._now = 0
        self._lost_since: float | None = None
        self._forget_extremes()
        self._hold: Hold | None = None
        self._still_last: int | None = None
        self._fastest = 0.0
        self._direct: list[int] = []
        self._others: list[int] = []

    @property
    def whole(self) -> bool:
        """Whether the repetition under way has reached its last positions."""
        trace = self._trace
        return trace is not None and all(trace.phases[k].first is not None for k in self._last)

    @property
    def in_repetition(self) -> bool:
        return self._trace is not None

    def step(self, i: int) -> None:
        """Take frame ``i`` of the tape; frames must be taken in order, each once."""
        tape = self._tape
        self._now = i
        if tape.pause[i]:
            self._step_unseen(i)
            return
        self._lost_since = None
        self.pause = Reason.OK
        if self._trace is None:
            self._step_between(i)
        else:
            self._step_inside(i)

    def forget(self, count: int) -> None:
        """Follow a tape that forgot its first ``count`` frames, between two repetitions."""
        assert self._trace is None
        self.finished.clear()
        self.attempts.clear()
        self._now -= count
        self._floor = max(0, self._floor - count)
        self._dwell_since = {k: max(0, i - count) for k, i in self._dwell_since.items()}

    # --- nobody, or not enough of the body ---

    def _step_unseen(self, i: int) -> None:
        t_s = self._tape.t_s[i]
        if self._lost_since is None:
            self._lost_since = t_s
        self.pause = Reason(self._tape.pause[i])
        gone_s = t_s - self._lost_since
        if gone_s > BRIDGE_S:
            self._break_hold()
            self._dwell_since.clear()
            self._start_since = None
            self.state = State.LOST if self.pause == Reason.NOBODY else State.PAUSED
        if gone_s > GIVE_UP_S and self._trace is not None:
            self._give_up(i)

    def _give_up(self, i: int) -> None:
        assert self._trace is not None
        self.attempts.append((self._trace.first, i))
        state, pause, lost = self.state, self.pause, self._lost_since
        self._reset_all()
        self._must_start = True
        self.state, self.pause, self._lost_since = state, pause, lost

    # --- between repetitions ---

    def _step_between(self, i: int) -> None:
        self.state = State.READY
        self.active_faults = []
        self._must_start = self._must_start and not self._tape.start[i]
        if self._must_start:
            return
        if self._tape.start[i]:
            self._follow_extremes(i)
        if not self._tape.may_begin[i]:
            self._dwell_since.clear()
            return
        entered = self._entered(i, self._roots, self._dwells)
        if entered is not None:
            phase, since = entered
            self._begin(phase, self._onset(since, self._floor, leaving_start=True), since, i)

    def _begin(self, phase: int, first: int, since: int, now: int) -> None:
        """A repetition that began at frame ``first`` is in a position since frame ``since``."""
        self._trace = RepetitionTrace(
            first, first, [PhaseTrace(k) for k in range(len(self._move.phases))]
        )
        self._tracker = FaultTracker(self._move, self._tape, first)
        self._begin_phase(phase, first, since, now)

    def _onset(self, since: int, floor: int, leaving_start: bool = False) -> int:
        """The frame at which the movement that led to frame ``since`` began.

        On the way out of the start position a moment of rest does not begin it anew, nor anywhere
        a moment unseen.
        """
        tape = self._tape
        slow_degps = min(self._still_degps, _ONSET_DEGPS)
        first = since
        for i in range(since - 1, floor - 1, -1):
            if tape.t_s[since] - tape.t_s[i] > ONSET_S:
                break
            if tape.pause[i]:
                if tape.t_s[first] - tape.t_s[i] > BRIDGE_S:
                    break
            elif (leaving_start and not tape.start[i]) or tape.speed[i] >= slow_degps:
                first = i
            else:
                break
        return first

    # --- inside a repetition ---

    def _step_inside(self, i: int) -> None:
        assert self._trace is not None
        assert self._tracker is not None
        assert self.phase is not None
        self._follow_extremes(i)
        if self._tape.start[i] and hidden(self._tape, self._phase_now(), i):
            self._break_hold()
        else:
            self._time_hold(i)
        self._tracker.step(i, self._move.phases[self.phase].id)
        self.active_faults = self._tracker.active
        if self._step_start(i):
            return
        if not self._tape.may_enter[i]:
            self._dwell_since.clear()
            return
        entered = self._entered(i, self._direct, self._dwells)
        if entered is None:
            entered = self._entered(i, self._others, self._long_dwells)
        if entered is not None:
            k, since = entered
            self._begin_phase(k, self._way_in(since), since, i)
        elif self.whole and self._tape.may_begin[i]:
            self._step_again(i)

    def _way_in(self, since: int) -> int:
        """The frame at which the way began from the present position to the next."""
        return self._onset(since, (self._trace_phase().first or 0) + 1)

    def _step_again(self, i: int) -> None:
        """Begin the next repetition where one end follows another, the start position unseen."""
        assert self._trace is not None
        ends = [k for k in self._ends if k != self.phase]
        entered = self._entered(i, ends, self._long_dwells)
        if entered is None:
            return
        k, since = entered
        first = self._way_in(since)
        before = self._trace.phases[k].longest_hold
        if before is not None and before.held_s >= OUT_OF_TURN_DWELL_S:
            self.finish(first)
            self._begin(k, first, since, i)
        else:
            # It was only brushed before: this is the visit that counts.
            self._trace.phases[k] = PhaseTrace(k)
            self._begin_phase(k, first, since, i)

    def _step_start(self, i: int) -> bool:
        """Watch for the start position; True when it ended the repetition at this frame."""
        assert self._trace is not None
        tape = self._tape
        if not tape.start[i] or not self._relative_holds(self._start_relative, i):
            if self._start_since is not None:
                self._note_touchdown(self._start_since, i)
            self._start_since = None
            return False
        if self._start_since is None:
            self._start_since = i
        rested_s = tape.t_s[i] - tape.t_s[self._start_since]
        whole = self.whole
        if whole or len(self._required) == 1:
            wait_s = self._move.start_dwell_s
        else:
            unseen = [self._move.phases[k] for k in hidden(tape, self._phase_now(), i)]
            wait_s = RESUME_S + sum((phase.hold_s or 0.0) + RESUME_S for phase in unseen)
        if rested_s < wait_s:
            return False
        self.finish(self._start_since)
        return True

    def finish(self, at: int) -> None:
        """Close the repetition under way at frame ``at``, or drop it if it fell short."""
        trace = self._trace
        if trace is None:
            return
        assert self._tracker is not None
        self._break_hold()
        if self._start_since is not None and not self.whole:
            self._note_touchdown(self._start_since, min(self._now, len(self._tape) - 1))
        self._close_phase(at)
        self._add_way_back(trace, at)
        trace.last = at
        trace.faults = [
            span
            for span in self._tracker.close(at)
            if mostly_shown(self._tape, span, trace) and not _on_way_back(self._tape, span, trace)
        ]
        came_back = self._start_since is not None
        if counts(self._tape, trace) and (came_back or _was_held(trace)):
            self.finished.append(trace)
        else:
            self.attempts.append((trace.first, at))
        self._reset_all()
        self._floor = at

    def _note_touchdown(self, first: int, last: int) -> None:
        assert self._trace is not None
        tape = self._tape
        lasted = tape.t_s[last] - tape.t_s[first] >= TOUCHDOWN_S
        rested = any(tape.speed[i] < self._still_degps for i in range(first, last + 1))
        if not lasted or not rested or self.whole:
            return
        unseen = hidden(tape, self._phase_now(), first)
        self._trace.hidden.update(unseen)
        if not unseen:
            self._trace.touchdowns.append((first, last))

    def _add_way_back(self, trace: RepetitionTrace, at: int) -> None:
        """The final phase runs from the end of the last position's hold to the start position.

        Somebody who holds and then sinks deeper turns back after the later hold; moments of
        stillness on the way back are too short to be one.
        """
        last = max((p for p in trace.phases if p.first is not None), key=lambda p: p.first or 0)
        long_s = max((hold.held_s for hold in last.holds), default=0.0)
        held = [hold for hold in last.holds if hold.held_s >= _HOLD_SHARE * long_s]
        turn = held[-1].last if held else last.first
        if turn is not None and self._start_since is not None:
            # A way back so small that it looked like rest ended in the start position all the same.
            turn = min(turn, at - 1)
        for k, phase in enumerate(self._move.phases):
            if phase.final and turn is not None and turn < at:
                trace.phases[k].first, trace.phases[k].last = turn, at
                last.last = turn

    def _begin_phase(self, k: int, first: int, since: int, now: int) -> None:
        assert self._trace is not None
        self._break_hold()
        self._close_phase(first)
        self.phase = k
        self._trace.phases[k].first = first
        done = {j for j in self._required if self._trace.phases[j].first is not None}
        todo = [j for j in self._required if j not in done]
        self._direct = [j for j in todo if self._before[j] <= done]
        self._others = [j for j in todo if j not in self._direct]
        self._dwell_since.clear()
        self._forget_extremes()
        self.hold_s = 0.0
        self.state = State.MOVING
        self._fastest = 0.0
        for i in range(first, since):
            self._fastest = max(self._fastest, self._tape.speed[i])
        for i in range(since, now + 1):
            self._follow_extremes(i)
            self._time_hold(i)

    def _close_phase(self, at: int) -> None:
        assert self._trace is not None
        if self.phase is not None:
            trace = self._trace.phases[self.phase]
            trace.last = max(at, trace.first or 0)
            trace.holds = [hold for hold in trace.holds if hold.first < trace.last]
            for hold in trace.holds:
                if hold.last > trace.last:
                    hold.held_s -= self._tape.t_s[hold.last] - self._tape.t_s[trace.last]
                    hold.last = trace.last

    # --- conditions ---

    def _entered(
        self, i: int, candidates: list[int], dwells_s: list[float]
    ) -> tuple[int, int] | None:
        """The first candidate whose conditions have held for its dwell, and since which frame."""
        tape = self._tape
        for k in candidates:
            if tape.enter[k][i] and self._relative_holds(self._relative[k], i):
                since = self._dwell_since.setdefault(k, i)
                if tape.t_s[i] - tape.t_s[since] >= dwells_s[k] - 1e-9:
                    return k, since
            else:
                self._dwell_since.pop(k, None)
        return None

    def _relative_holds(self, conditions: list[Condition], i: int) -> bool:
        for condition in conditions:
            value = self._tape.followed[condition.measure][i]
            extremes = self._still_extremes if condition.settled else self._extremes
            low, high = extremes[condition.measure]
            if condition.fallen is not None and not value <= high - condition.fallen:
                return False
            if condition.risen is not None and not value >= low + condition.risen:
                return False
        return True

    def _follow_extremes(self, i: int) -> None:
        # Comparisons with NaN are false: what is unknown is no extreme.
        still = self._tape.speed[i] < self._still_degps
        for name, values in self._compared.items():
            value = values[i]
            span = self._extremes[name]
            if value < span[0]:
                span[0] = value
            if value > span[1]:
                span[1] = value
            if still:
                span = self._still_extremes[name]
                if value < span[0]:
                    span[0] = value
                if value > span[1]:
                    span[1] = value

    def _forget_extremes(self) -> None:
        self._extremes = {name: [math.inf, -math.inf] for name in self._compared}
        self._still_extremes = {name: [math.inf, -math.inf] for name in self._compared}

    # --- holds ---

    def _time_hold(self, i: int) -> None:
        """Run the hold clock: still enough, and no unseen or moving stretch over ``BRIDGE_S``."""
        tape = self._tape
        speed = tape.speed[i]
        hold = self._hold
        if hold is None:
            self._fastest = max(self._fastest, speed)
            if speed < max(min(self._slow_degps(), self._still_degps), _LEAST_STILL_DEGPS):
                self._hold = Hold(i, i, 0.0, i)
                self._still_last = i
                self._trace_phase().holds.append(self._hold)
                self.state = State.HOLDING
            else:
                self.state = State.MOVING
            return
        assert self._still_last is not None
        if speed <= self._moving_degps:
            hold.held_s += tape.t_s[i] - tape.t_s[self._still_last]
            hold.last = i
            if speed < self._still_degps:
                hold.rest_last, hold.rest_s = i, hold.held_s
            self._still_last = i
            self.hold_s = max(self.hold_s, hold.held_s)
        elif tape.t_s[i] - tape.t_s[self._still_last] > BRIDGE_S:
            self._break_hold()
            self.state = State.MOVING

    def _slow_degps(self) -> float:
        """The speed that is still for a movement as fast as the way in was."""
        return _STILL_SHARE * self._fastest

    def _break_hold(self) -> None:
        """End the hold under way, without the beginning of a slow way out."""
        hold = self._hold
        slow = self._slow_degps() < self._still_degps
        if hold is not None and slow and hold.held_s - hold.rest_s <= _WAY_OUT_S:
            hold.last, hold.held_s = hold.rest_last, hold.rest_s
        self._hold = None
        self._still_last = None

    def _phase_now(self) -> int:
        assert self.phase is not None
        return self.phase

    def _trace_phase(self) -> PhaseTrace:
        assert self._trace is not None
        assert self.phase is not None
        return self._trace.phases[self.phase]


def _was_held(trace: RepetitionTrace) -> bool:
    """Whether any position was kept, not only passed; a clip's end cuts many a movement off."""
    holds = (hold for phase in trace.phases for hold in phase.holds)
    return any(hold.held_s >= VISIT_S for hold in holds)


def _on_way_back(tape: Tape, span: FaultSpan, trace: RepetitionTrace) -> bool:
    """Whether a fault of movement shows only after the last hold, on a way that it does not name.

    Until the start position is reached that way counts as the last position's. A view that does not
    carry the position does not tell when it was left.
    """
    fault, phases = span.fault, tape.move.phases
    if fault.at_rest or not fault.phases:
        return False
    at = next((p for p in trace.phases if phases[p.index].final and p.first is not None), None)
    if at is None or phases[at.index].id in fault.phases or span.first < (at.first or 0):
        return False
    return all(
        tape.shown(phases[p.index].view, p.first, p.last)
        for p in trace.phases
        if p.first is not None and p.last is not None and p.last == at.first
    )


def _relative(conditions: tuple[Condition, ...]) -> list[Condition]:
    return [c for c in conditions if c.fallen is not None or c.risen is not None]
