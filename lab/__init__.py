"""The motion lab: rendered bodies with known joints, for tuning and testing posecheck.

Conventions everywhere in this package: the world is in metres, z up, floor at z = 0; a body at
``pelvis_turn_deg == 0`` faces -y and has its left side at +x. Angles in data files and truth are
degrees. Importing scenes, truth and measures needs numpy only; bodies need the ``lab`` extra.
"""
