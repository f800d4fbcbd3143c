"""What the knee-to-wall test asks, and how sure its centimetres are: ``data/knee_to_wall.toml``."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Norms(BaseModel):
    """What others reach: context, never a pass mark."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    mean_cm: float
    spread_cm: float
    source: str


class Errors(BaseModel):
    """Offsets that are subtracted and ± (95%) that remain; see the data file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    tip_cm: float
    tip_px: float
    touch_cm: float
    silhouette_cm: float
    own_tape_cm: float
    shoe_length_cm: float
    tip_offset_cm: float
    tip_behind_cm: float
    knee_offset_cm: float
    knee_behind_cm: float
    tilt_deg: float
    heel_cm: float


class Rules(BaseModel):
    """The test's limits; see the data file for each."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    tries: int
    approach_cm: float
    least_travel_cm: float
    return_cm: float
    hold_within_cm: float
    least_hold_s: float
    least_pictures: int
    hold_s: float
    heel_limit_cm: float
    gap_limit_cm: float
    gap_change_cm: float
    turned_deg: float
    most_off_square_deg: float
    side_difference_cm: float
    side_difference_deg: float
    mdc_cm: float
    mdc_deg: float
    side_mdc_cm: float
    norms: Norms
    errors: Errors
