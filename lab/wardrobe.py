"""Clothes, shoes and hair made from the body's own surface, so that they follow every pose.

A garment is the part of the skin where a smooth field is positive, cut exactly along field = 0 and
lifted a few millimetres off the body. The fields live in the rest posture, in metres.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import ConvexHull

from lab.bodies import SOLE_M, BodyMesh, BodySpec
from lab.errors import unknown_name
from lab.rotations import Array
from lab.skeleton import SEGMENTS, SIDES
from lab.skin import Normals

SLEEVE = {"tank": -0.10, "tee": 0.45, "long": 1.75}  # hem along the arm, in upper-arm lengths
LEG_HEM = {"shorts": 0.62, "tights": 1.86, "trousers": 1.95}  # along the leg: 1 knee, 2 ankle
LIFT_M = {
    "tank": 0.007,
    "tee": 0.012,
    "long": 0.011,
    "shorts": 0.011,
    "tights": 0.004,
    "trousers": 0.010,
}
HAIR = ("short", "bun", "long", "bald")


@dataclass(frozen=True)
class Piece:
    """A coloured surface that follows the skin.

    Attributes:
        first, second: (n,) skin vertices between which each of its vertices lies.
        share: (n,) 0 at ``first``, 1 at ``second``.
        lift_m: (n,) how far it stands off the skin along the normal, metres.
        faces: (f, 3) indices into its own vertices.
        colour: sRGB hex, or (n, 3) 0..1 per vertex.
    """

    first: np.ndarray
    second: np.ndarray
    share: Array
    lift_m: Array
    faces: np.ndarray
    colour: str | Array
    gloss: float = 0.05

    def place(self, skin_m: Array, normals: Array) -> Array:
        """(n, 3) vertices on a posed skin, world metres."""
        raised = skin_m[self.first] + self.lift_m[:, None] * normals[self.first]
        cut = self.second != self.first
        j, t = self.second[cut], self.share[cut, None]
        other = skin_m[j] + self.lift_m[cut, None] * normals[j]
        raised[cut] += t * (other - raised[cut])
        return raised


@dataclass(frozen=True)
class Solid:
    """A rigid part carried by one segment (a shoe, a bun); vertices in the rest posture, metres."""

    segment: str
    vertices_m: Array
    faces: np.ndarray
    colour: str
    gloss: float = 0.15


def dress(spec: BodySpec, body: BodyMesh) -> tuple[list[Piece], list[Solid]]:
    """All pieces of one person, the uncovered skin first."""
    for kind, table in ((spec.top["kind"], SLEEVE), (spec.bottom["kind"], LEG_HEM)):
        if kind not in table:
            raise unknown_name(f"garment of {spec.name}", kind, table)
    if spec.hair["style"] not in HAIR:
        raise unknown_name(f"hair of {spec.name}", spec.hair["style"], HAIR)
    normals = Normals(body.faces, len(body.vertices_m))(body.vertices_m)
    top, bottom, hair = _top(spec, body), _bottom(spec, body), _hair(spec, body)
    shod = _shod(body)
    covered = np.maximum.reduce([top, bottom, hair, shod])
    pieces = [_skin_piece(spec, body, covered)]
    pieces.append(_cut(body, bottom, LIFT_M[spec.bottom["kind"]], spec.bottom["colour"]))
    pieces.append(_cut(body, top, LIFT_M[spec.top["kind"]], spec.top["colour"]))
    if spec.hair["style"] != "bald":
        thick = {"short": 0.012, "bun": 0.012, "long": 0.018}[spec.hair["style"]]
        lift = thick * np.clip(hair / 0.03, 0.25, 1.0)
        pieces.append(_cut(body, hair, lift, spec.hair["colour"]))
    solids = [part for side in SIDES for part in _shoe(body, side, spec.shoes)]
    if spec.hair["style"] == "bun":
        solids.append(_bun(body, normals, spec.hair["colour"]))
    return pieces, solids


def _weight(body: BodyMesh, *segments: str) -> Array:
    order = list(SEGMENTS)
    return sum(body.weights[:, order.index(s)] for s in segments)


def _arms(body: BodyMesh, from_shoulder: bool = True) -> Array:
    parts = ("upper_arm", "forearm", "hand") if from_shoulder else ("forearm", "hand")
    return _weight(body, *(f"{side}_{part}" for side in SIDES for part in parts))


def _top(spec: BodySpec, body: BodyMesh) -> Array:
    v, rest = body.vertices_m, body.skeleton.rest_m
    hem = v[:, 2] - (rest["spine_low"][2] - 0.085)
    neck = rest["neck"]
    collar = (neck[2] + 0.012) - v[:, 2] + 0.55 * (v[:, 1] - neck[1])
    sleeve = np.full(len(v), 0.2)
    for side in SIDES:
        shoulder, elbow = rest[f"{side}_shoulder"], rest[f"{side}_elbow"]
        axis = elbow - shoulder
        length = float(np.linalg.norm(axis))
        along = (v - shoulder) @ (axis / length)
        mine = np.sign(v[:, 0]) == np.sign(shoulder[0])
        reach = SLEEVE[spec.top["kind"]]
        if reach > 1.0:
            fore = rest[f"{side}_wrist"] - elbow
            fore_m = float(np.linalg.norm(fore))
            beyond = (v - elbow) @ (fore / fore_m)
            along = np.where(along > length, length + beyond * length / fore_m, along)
        field = reach * length - along
        on_arm = mine & (_arms(body) > 0.15)
        sleeve = np.where(on_arm, field, sleeve)
        if reach < 0:  # a tank leaves the shoulder free: straps above the armpit
            strap = np.maximum(
                0.80 * abs(shoulder[0]) - np.abs(v[:, 0]), shoulder[2] - 0.085 - v[:, 2]
            )
            bare = np.minimum(strap, 0.2 * (0.5 - _arms(body)))
            sleeve = np.where(mine, bare, sleeve)
    hands = 0.2 * (0.5 - _weight(body, "left_hand", "right_hand"))
    legs_low = v[:, 2] - (rest["left_hip"][2] - 0.12)
    off_arm = np.where(_arms(body) > 0.5, 0.2, hem)
    return np.minimum.reduce(
        [
            np.where(_arms(body) > 0.5, off_arm, hem),
            collar,
            sleeve,
            hands,
            np.where(_arms(body) > 0.5, 0.2, legs_low),
        ]
    )


def _bottom(spec: BodySpec, body: BodyMesh) -> Array:
    v, rest = body.vertices_m, body.skeleton.rest_m
    waist = (rest["spine_low"][2] + 0.045) - v[:, 2]
    hip, knee, ankle = (rest[f"left_{j}"][2] for j in ("hip", "knee", "ankle"))
    reach = LEG_HEM[spec.bottom["kind"]]
    hem_z = hip + reach * (knee - hip) if reach <= 1 else knee + (reach - 1) * (ankle - knee)
    arms = 0.3 * (0.4 - _arms(body))
    return np.minimum.reduce([waist, v[:, 2] - hem_z, arms])


def _hair(spec: BodySpec, body: BodyMesh) -> Array:
    v = body.vertices_m
    if spec.hair["style"] == "bald":
        return np.full(len(v), -1.0)
    eye = v[body.eye]
    eye_z, eye_y = float(eye[:, 2].mean()), float(eye[:, 1].min())
    slope, nape = (1.15, 0.055) if spec.hair["style"] != "long" else (1.5, 0.06)
    behind = np.clip(v[:, 1] - eye_y, 0.0, 0.12)
    line = (v[:, 2] - eye_z - nape) + slope * (behind - 0.015)
    head = 0.3 * (_weight(body, "head", "neck") - 0.6)
    field = np.minimum(line, head)
    for side in SIDES:
        gap = np.linalg.norm(v - body.skeleton.rest_m[f"{side}_ear"], axis=1) - 0.030
        if spec.hair["style"] != "long":
            field = np.minimum(field, gap)
    return np.where(body.eye, -0.05, field)


def _shod(body: BodyMesh) -> Array:
    """Positive where a shoe hides the foot."""
    ankle_z = body.skeleton.rest_m["left_ankle"][2]
    foot = _weight(body, "left_foot", "right_foot")
    return np.minimum(ankle_z - 0.02 - body.vertices_m[:, 2], 0.2 * (foot - 0.4))


def _cut(body: BodyMesh, field: Array, lift_m: float | Array, colour: str) -> Piece:
    """The surface where ``field`` > 0, its edge exactly on field = 0."""
    inside = field > 0
    count = inside[body.faces].sum(axis=1)
    whole = body.faces[count == 3]
    first, second, share = [np.arange(len(field))], [np.arange(len(field))], [np.zeros(len(field))]
    total = len(field)
    faces = [whole]

    def crossing(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        nonlocal total
        first.append(a)
        second.append(b)
        share.append(field[a] / (field[a] - field[b]))
        index = np.arange(total, total + len(a))
        total += len(a)
        return index

    for kept in (1, 2):
        part = body.faces[count == kept]
        odd = inside[part] if kept == 1 else ~inside[part]
        roll = odd.argmax(axis=1)
        a, b, c = (part[np.arange(len(part)), (roll + i) % 3] for i in range(3))
        if kept == 1:
            faces.append(np.stack([a, crossing(a, b), crossing(a, c)], axis=1))
        else:
            on_b, on_c = crossing(b, a), crossing(c, a)
            faces.append(np.stack([on_b, b, c], axis=1))
            faces.append(np.stack([on_b, c, on_c], axis=1))
    i, j, t = np.concatenate(first), np.concatenate(second), np.concatenate(share)
    lift = np.broadcast_to(np.asarray(lift_m, float), field.shape)
    return _compact(i, j, t, (1 - t) * lift[i] + t * lift[j], np.concatenate(faces), colour)


def _compact(
    i: np.ndarray, j: np.ndarray, t: Array, lift: Array, faces: np.ndarray, colour: str | Array
) -> Piece:
    """Drop the vertices that no face uses."""
    used, flat = np.unique(faces, return_inverse=True)
    tint = colour if isinstance(colour, str) else colour[used]
    return Piece(
        i[used],
        j[used],
        t[used].astype(np.float32),
        lift[used].astype(np.float32),
        flat.reshape(faces.shape),
        tint,
    )


def _skin_piece(spec: BodySpec, body: BodyMesh, covered: Array) -> Piece:
    """The skin that no garment hides, with eyes and brows."""
    colours = np.tile(hex_to_rgb(spec.skin), (len(body.vertices_m), 1))
    v = body.vertices_m
    brow = hex_to_rgb(spec.hair["colour"])
    for sign in (1.0, -1.0):
        eye = body.eye & (np.sign(v[:, 0]) == sign)
        centre = v[eye].mean(axis=0)
        front = v[eye][:, 1].min()
        iris = eye & (np.hypot(v[:, 0] - centre[0], v[:, 2] - centre[2]) < 0.0065)
        colours[eye] = (0.93, 0.92, 0.90)
        colours[iris & (v[:, 1] < front + 0.006)] = (0.16, 0.10, 0.06)
        d = v - centre
        arch = (np.abs(d[:, 2] - 0.021) < 0.0055) & (np.abs(d[:, 0]) < 0.021) & (d[:, 1] < 0.015)
        colours[arch & ~body.eye] = 0.7 * brow + 0.3 * hex_to_rgb(spec.skin)
    nose = body.skeleton.rest_m["nose"]
    d = v - nose
    lips = (np.abs(d[:, 2] + 0.047) < 0.008) & (np.abs(d[:, 0]) < 0.024) & (np.abs(d[:, 1]) < 0.04)
    colours[lips] = hex_to_rgb(spec.skin) * np.array([0.86, 0.62, 0.62])
    hidden = (covered > 0.015)[body.faces].all(axis=1)
    n = len(v)
    return _compact(
        np.arange(n), np.arange(n), np.zeros(n), np.zeros(n), body.faces[~hidden], colours
    )


def _shoe(body: BodyMesh, side: str, colour: str) -> list[Solid]:
    """A rounded shell around the foot and a sole under it."""
    rest = body.skeleton.rest_m
    ankle = rest[f"{side}_ankle"]
    v = body.vertices_m
    on_foot = _weight(body, f"{side}_foot") > 0.35
    foot = v[on_foot & (v[:, 2] < ankle[2] + 0.004)].astype(float)
    floor = foot[:, 2].min()
    grow = (
        np.array([[x, y, z] for x in (-1, 0, 1) for y in (-1, 0, 1) for z in (-0.4, 0, 1)]) * 0.006
    )
    shell = (foot[:, None, :] + grow[None]).reshape(-1, 3)
    shell[:, 2] = np.maximum(shell[:, 2], floor)
    shoe = _hull(shell)
    low = foot[foot[:, 2] < floor + 0.03]
    edge = np.array([[x, y] for x in (-1, 0, 1) for y in (-1, 0, 1)]) * 0.0075
    outline = (low[:, None, :2] + edge[None]).reshape(-1, 2)
    sole = np.concatenate(
        [
            np.column_stack([outline, np.full(len(outline), z)])
            for z in (floor - SOLE_M, floor + 0.010)
        ]
    )
    sole_hull = _hull(sole)
    bright = float(hex_to_rgb(colour).mean())
    sole_colour = "#f5f5f2" if bright < 0.8 else "#4a4a4a"
    return [Solid(f"{side}_foot", *shoe, colour), Solid(f"{side}_foot", *sole_hull, sole_colour)]


def _hull(points: Array) -> tuple[Array, np.ndarray]:
    """Vertices and outward faces of the convex hull."""
    hull = ConvexHull(points)
    used, flat = np.unique(hull.simplices, return_inverse=True)
    vertices, faces = points[used], flat.reshape(hull.simplices.shape)
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    inward = np.sum(np.cross(b - a, c - a) * hull.equations[:, :3], axis=1) < 0
    faces[inward] = faces[inward][:, ::-1]
    return vertices, faces


def _bun(body: BodyMesh, normals: Array, colour: str) -> Solid:
    """A ball of hair at the back of the head."""
    v = body.vertices_m
    head = np.where(_weight(body, "head") > 0.8)[0]
    back = head[np.argmax(v[head, 1] + 0.35 * v[head, 2])]
    centre = v[back] + 0.022 * normals[back]
    a, b = np.meshgrid(np.linspace(0, np.pi, 13), np.linspace(0, 2 * np.pi, 20, endpoint=False))
    ball = np.stack([np.sin(a) * np.cos(b), np.sin(a) * np.sin(b), np.cos(a)], axis=-1)
    return Solid("head", *_hull(centre + 0.036 * ball.reshape(-1, 3)), colour, gloss=0.05)


def hex_to_rgb(colour: str) -> Array:
    """(3,) 0..1 sRGB of ``#rrggbb``."""
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255.0
