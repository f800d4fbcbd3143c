"""Off-screen pictures of a dressed body in a lit room, with VTK through pyvista."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter

from lab.bodies import BodyMesh, BodySpec
from lab.camera import Camera, View
from lab.errors import missing_extra
from lab.room import Room, floor_texture, wall_texture
from lab.rotations import Array, unit
from lab.skeleton import SEGMENTS, Placed
from lab.skin import Normals, segment_transforms, skin
from lab.wall import Wall
from lab.wardrobe import Piece, Solid, dress
from posecheck.core.closing import Closing

SHADOW_PX, SHADOW_M = 180, 3.4
SUPERSAMPLE = 2  # pixels drawn per picture pixel, each way


@dataclass(frozen=True)
class Props:
    """Things in the room that the move needs.

    Attributes:
        wall: a wall that the person touches.
        sheet_m: (4, 3) corners of a printed page, top left first, clockwise for its reader.
        page: (rows, columns, 3) uint8 RGB of that page.
    """

    wall: Wall | None = None
    sheet_m: Array | None = None
    page: np.ndarray | None = None


class Stage(Closing):
    """A room with one person in it; ``frame`` poses the person and takes a picture.

    The room never changes, so it is drawn once; each frame draws the person alone and lays the
    picture over the room and the floor's shadow. Use as a context manager: it closes VTK's windows.
    """

    def __init__(
        self,
        spec: BodySpec,
        body: BodyMesh,
        camera: Camera,
        view: View,
        room: Room,
        subject_m: Array,
        joints_m: Array,
        props: Props | None = None,
    ) -> None:
        self._props = props or Props()
        pv, self._cv2 = _module("pyvista"), _module("cv2")
        self._pv, self._body, self._view, self._room = pv, body, view, room
        self._subject = np.array([subject_m[0], subject_m[1], 0.0])
        self._camera = camera
        self._skin_normals = Normals(body.faces, len(body.vertices_m))
        self._pieces: list[tuple[Piece, Any, Normals]] = []
        self._solids: list[tuple[Solid, Any]] = []
        whole = (0, 0, camera.width_px, camera.height_px)
        self._plotter = self._new_plotter(whole)
        self._add_room()
        self._key = self._add_lights()
        self._backdrop = np.ascontiguousarray(self._shoot()[..., :3])
        self._plotter.close()
        seen_m = joints_m.reshape(-1, 3)
        if self._props.sheet_m is not None:
            seen_m = np.concatenate([seen_m, self._props.sheet_m])
        self._crop = self._person_box(seen_m)
        self._plotter = self._new_plotter(self._crop)
        self._add_person(spec)
        self._add_sheet()
        self._add_lights()
        self._shadow_box, self._shadow_map = self._floor_map()

    def close(self) -> None:
        """Give the plotter's memory back."""
        self._plotter.close()

    def frame(self, placed: Placed) -> np.ndarray:
        """(height, width, 3) uint8 RGB of one pose."""
        vertices = skin(self._body, placed)
        normals = self._skin_normals(vertices)
        for piece, mesh, piece_normals in self._pieces:
            points = piece.place(vertices, normals)
            mesh.points = points
            mesh.point_data["Normals"] = piece_normals(points).astype(np.float32)
        turns, moves = segment_transforms(self._body, placed)
        order = list(SEGMENTS)
        for solid, mesh in self._solids:
            i = order.index(solid.segment)
            mesh.points = solid.vertices_m @ turns[i].T + moves[i]
        picture = self._backdrop.copy()
        left, top, right, bottom = self._shadow_box
        floor = picture[top:bottom, left:right]
        floor[:] = floor * (np.float32(1.0) - self._shadow(vertices)[..., None])
        person = self._shoot()
        left, top, right, bottom = self._crop
        part = picture[top:bottom, left:right]
        seen = np.float32(1.0 / 255.0) * (255 - person[..., 3:]).astype(np.float32)
        part[:] = np.minimum(part * seen + person[..., :3], 255.0)
        return picture

    def _person_box(self, joints_m: Array) -> tuple[int, int, int, int]:
        """Left, top, right, bottom pixels that hold the person in every frame, even numbers."""
        width, height = self._camera.width_px, self._camera.height_px
        around = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) * 0.24
        pixels = self._view.project(joints_m.reshape(-1, 1, 3) + around).reshape(-1, 2)
        if not np.isfinite(pixels).all():
            return 0, 0, width, height
        low = np.clip(np.floor(pixels.min(axis=0) / 2) * 2, 0, [width - 2, height - 2])
        high = np.clip(np.ceil(pixels.max(axis=0) / 2) * 2, low + 2, [width, height])
        return int(low[0]), int(low[1]), int(high[0]), int(high[1])

    def _new_plotter(self, box: tuple[int, int, int, int]) -> Any:
        """A window on part of the picture, drawn at ``SUPERSAMPLE`` times its size."""
        left, top, right, bottom = box
        size = [SUPERSAMPLE * (right - left), SUPERSAMPLE * (bottom - top)]
        plotter = self._pv.Plotter(off_screen=True, window_size=size, lighting="none")
        plotter.set_background("black")
        plotter.disable_anti_aliasing()
        view = self._view.rotation
        cam = plotter.camera
        cam.position = tuple(self._view.position_m)
        cam.focal_point = tuple(self._view.position_m + view[2])
        cam.up = tuple(-view[1])
        half = 0.5 * np.array([right - left, bottom - top])
        cam.view_angle = float(np.degrees(2 * np.arctan(half[1] / self._view.focal_px)))
        offset = np.array([left, top]) + half - self._view.centre_px
        cam.SetWindowCenter(offset[0] / half[0], -offset[1] / half[1])
        cam.clipping_range = (0.1, 40.0)
        return plotter

    def _shoot(self) -> np.ndarray:
        """(height, width, 4) uint8 RGBA at picture size; colour is already times cover."""
        self._plotter.render()
        big = np.asarray(self._plotter.screenshot(return_img=True, transparent_background=True))
        height, width = (n // SUPERSAMPLE for n in big.shape[:2])
        return np.asarray(
            self._cv2.resize(big, (width, height), interpolation=self._cv2.INTER_AREA)
        )

    def _add_person(self, spec: BodySpec) -> None:
        pieces, solids = dress(spec, self._body)
        for piece in pieces:
            mesh = self._mesh(np.zeros((len(piece.first), 3)), piece.faces)
            mesh.point_data["Normals"] = np.zeros((len(piece.first), 3), np.float32)
            mesh.point_data.active_normals_name = "Normals"
            look: dict[str, Any] = {"color": piece.colour} if isinstance(piece.colour, str) else {}
            if look == {}:
                mesh.point_data["rgb"] = (255 * np.asarray(piece.colour)).astype(np.uint8)
                look = {"scalars": "rgb", "rgb": True}
            actor = self._plotter.add_mesh(
                mesh,
                smooth_shading=False,
                specular=piece.gloss,
                specular_power=12,
                diffuse=0.9,
                ambient=self._room.ambient,
                **look,
            )
            actor.prop.interpolation = "Gouraud"  # our own normals; pyvista would copy the mesh
            self._pieces.append((piece, mesh, Normals(piece.faces, len(piece.first))))
        for solid in solids:
            mesh = self._mesh(solid.vertices_m, solid.faces).compute_normals(
                split_vertices=True, feature_angle=40.0
            )
            split = replace(solid, vertices_m=np.asarray(mesh.points, float))
            del mesh.point_data["Normals"]
            self._plotter.add_mesh(
                mesh,
                color=solid.colour,
                specular=solid.gloss,
                diffuse=0.9,
                ambient=self._room.ambient,
            )
            self._solids.append((split, mesh))

    def _add_sheet(self) -> None:
        """The page is drawn with the person, so that each hides the other where it is nearer."""
        if self._props.sheet_m is None or self._props.page is None:
            return
        top_left, top_right, _, bottom_left = self._props.sheet_m
        along, up = top_right - top_left, top_left - bottom_left
        self._quad(bottom_left, along, up, self._props.page, (1, 1), 0.45, 0.6)

    def _mesh(self, points: Array, faces: np.ndarray) -> Any:
        cells = np.column_stack([np.full(len(faces), 3), faces]).ravel()
        return self._pv.PolyData(np.asarray(points, np.float32), cells)

    def _quad(
        self,
        corner: Array,
        along: Array,
        up: Array,
        texture: np.ndarray,
        repeat: tuple[float, float],
        ambient: float,
        diffuse: float,
    ) -> None:
        mesh = self._pv.PolyData(
            np.stack([corner, corner + along, corner + along + up, corner + up]).astype(np.float32),
            np.array([4, 0, 1, 2, 3]),
        )
        u, v = repeat
        mesh.active_texture_coordinates = np.array([[0, 0], [u, 0], [u, v], [0, v]], np.float32)
        image = self._pv.Texture(texture)
        image.repeat, image.interpolate, image.mipmap = True, True, True
        self._plotter.add_mesh(mesh, texture=image, ambient=ambient, diffuse=diffuse, specular=0.0)

    def _add_room(self) -> None:
        room = self._room
        out = unit(self._view.position_m * [1, 1, 0] - self._subject)
        turn = np.radians(room.wall_turn_deg)
        spin = np.array(
            [[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]]
        )
        back = spin @ -out
        right = np.cross(back, [0, 0, 1.0])
        centre = self._subject + room.wall_distance_m * back
        up = np.array([0, 0, 4.35])  # higher than any camera sees
        wall = wall_texture(room.wall, room.wall_colour)
        self._quad(centre - 6 * right, 12 * right, up, wall, (6, 1), 0.42, 0.85)
        side = np.sign(room.wall_turn_deg or 1.0)
        corner = centre + side * 2.6 * right
        along = -7 * back
        self._quad(corner, along, up, wall, (3.5, 1), 0.40, 0.75)
        skirting = np.tile(np.uint8([[[236, 236, 232]]]), (4, 4, 1))
        for start, run in (
            (centre - 6 * right - 0.012 * back, 12 * right),
            (corner - side * 0.012 * right, along),
        ):
            self._quad(start, run, np.array([0, 0, 0.09]), skirting, (1, 1), 0.4, 0.6)
        origin = self._subject - 7 * right - 7 * back
        self._quad(
            origin,
            14 * right,
            14 * back,
            floor_texture(room.floor, room.floor_colour),
            (7, 7),
            0.36,
            0.68,
        )
        if self._props.wall is not None:
            self._add_touched_wall(self._props.wall, wall, skirting)
        if room.floor == "mat":
            mat = np.tile(np.uint8([[[70, 110, 122]]]), (4, 4, 1))
            self._quad(
                self._subject + np.array([-0.62, -1.0, 0.003]),
                np.array([1.24, 0, 0]),
                np.array([0, 2.0, 0]),
                mat,
                (1, 1),
                0.36,
                0.66,
            )

    def _add_touched_wall(self, wall: Wall, texture: np.ndarray, skirting: np.ndarray) -> None:
        along = np.cross(wall.normal, [0, 0, 1.0])
        start = wall.point_m * [1, 1, 0] - 6 * along
        self._quad(start, 12 * along, np.array([0, 0, 4.35]), texture, (6, 1), 0.44, 0.8)
        start = start + 0.003 * wall.normal
        self._quad(start, 12 * along, np.array([0, 0, 0.02]), skirting, (1, 1), 0.4, 0.6)

    def _add_lights(self) -> Array:
        """Main light, fill and rim; returns the (3,) direction towards the main light."""
        room = self._room
        out = unit(self._view.position_m * [1, 1, 0] - self._subject)
        right = np.cross(-out, [0, 0, 1.0])

        def add(from_deg: float, height_deg: float, strength: float) -> Array:
            a, e = np.radians([from_deg, height_deg])
            direction = np.cos(e) * (np.cos(a) * out + np.sin(a) * right) + np.sin(e) * np.array(
                [0, 0, 1.0]
            )
            light = self._pv.Light(
                position=tuple(self._subject + 6 * direction),
                focal_point=tuple(self._subject + np.array([0, 0, 0.9])),
                intensity=strength,
                light_type="scene light",
            )
            light.positional = False
            self._plotter.add_light(light)
            return direction

        key = add(room.key_from_deg, room.key_height_deg, room.key)
        add(-room.key_from_deg - 20.0, 25.0, room.fill)
        add(180.0, 60.0, 0.5 * room.fill)
        return key

    def _floor_map(self) -> tuple[tuple[int, int, int, int], Array]:
        """The box of pixels that can be in shadow, and where in the shadow map each one looks."""
        width, height = self._camera.width_px, self._camera.height_px
        u, v = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
        ray = (
            np.stack(
                [
                    (u - self._view.centre_px[0]) / self._view.focal_px,
                    (v - self._view.centre_px[1]) / self._view.focal_px,
                    np.ones_like(u),
                ],
                axis=-1,
            )
            @ self._view.rotation
        )
        down = ray[..., 2] < -1e-3
        share = np.where(
            down, -self._view.position_m[2] / np.where(down, ray[..., 2], -1.0), np.nan
        )
        floor = self._view.position_m[:2] + share[..., None] * ray[..., :2]
        grid = (floor - self._subject[:2] + SHADOW_M / 2) * (SHADOW_PX / SHADOW_M) - 0.5
        inside = ((grid > -1) & (grid < SHADOW_PX)).all(axis=-1)
        wall = self._props.wall
        if wall is not None:  # behind it there is no floor to be seen
            inside &= (floor - wall.point_m[:2]) @ wall.normal[:2] > 0
            grid[~inside] = -9.0
        if not inside.any():
            return (0, 0, 1, 1), np.full((2, 1, 1), -9.0, np.float32)
        rows, columns = np.where(inside.any(axis=1))[0], np.where(inside.any(axis=0))[0]
        box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
        part = grid[box[1] : box[3], box[0] : box[2]]
        return box, np.nan_to_num(np.moveaxis(part, -1, 0), nan=-9.0).astype(np.float32)

    def _shadow(self, vertices: Array) -> Array:
        """(height, width) darkness 0..1: the body's points thrown onto the floor, blurred."""
        every = vertices[::2]  # far more points than a soft shadow shows
        flat = every[:, :2] - every[:, 2:] * self._key[:2] / self._key[2]
        low = every[:, 2] < 0.16
        far = 2.0 * self._points_per_cell(flat)
        near = 2.0 * self._points_per_cell(every[low, :2])
        soft = 1 - np.exp(-0.9 * gaussian_filter(far, 3.0))
        contact = 1 - np.exp(-1.1 * gaussian_filter(near, 1.6))
        dark = (0.34 * soft + 0.34 * contact).astype(np.float32)
        rows, columns = self._shadow_map
        return np.asarray(self._cv2.remap(dark, columns, rows, self._cv2.INTER_LINEAR))

    def _points_per_cell(self, points: Array) -> Array:
        """(cells, cells) how many floor points (n, 2), metres, lie in each cell of the shadow."""
        cell = ((points - self._subject[:2]) * (SHADOW_PX / SHADOW_M) + 0.5 * SHADOW_PX).astype(int)
        cell = cell[((cell >= 0) & (cell < SHADOW_PX)).all(axis=1)]
        flat = cell[:, 0] * SHADOW_PX + cell[:, 1]
        full = np.bincount(flat, minlength=SHADOW_PX * SHADOW_PX)
        return full.reshape(SHADOW_PX, SHADOW_PX).astype(float)


def _module(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise missing_extra(name) from error
