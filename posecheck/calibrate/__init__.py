"""From a reference in the picture (printed sheet, tape, paper, body height) to a scale in cm."""
