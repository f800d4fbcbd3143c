"""Clips of any length for the benchmarks: a sample's packets, repeated."""

from __future__ import annotations

from pathlib import Path

import av


def lengthened(source: Path, target: Path, length_s: float) -> Path:
    """Write ``source`` again and again, without re-encoding, until ``length_s`` is filled."""
    with av.open(str(source)) as container:
        stream = container.streams.video[0]
        packets = [packet for packet in container.demux(stream) if packet.size]
        with av.open(str(target), "w") as sink:
            out = sink.add_stream_from_template(stream)
            ticks_s = float(stream.time_base)
            span = max(p.pts + (p.duration or 0) for p in packets) - min(p.pts for p in packets)
            stamps = [(p.pts, p.dts) for p in packets]
            shift = 0
            while shift * ticks_s < length_s:
                for packet, (pts, dts) in zip(packets, stamps, strict=True):
                    if pts * ticks_s + shift * ticks_s >= length_s:
                        continue
                    packet.stream = out
                    packet.time_base = stream.time_base
                    packet.pts, packet.dts = pts + shift, dts + shift
                    sink.mux(packet)
                shift += span
    return target
