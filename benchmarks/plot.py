"""A plot of time against size, both by powers of ten, as SVG."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, floor, log10

from markupsafe import escape

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 860, 440, 64, 290, 30, 48
_COLOURS = (
    "#b2182b", "#ef8a62", "#2166ac", "#1b7837", "#762a83", "#8c510a", "#01665e", "#555555", "#c51b7d", "#4393c3",
    "#7fbc41", "#000000", "#d6a300",
)  # fmt: skip


def plotted(lines: Mapping[str, Mapping[int, float]], title: str, unit: str) -> str:
    """Return a plot of times by size, a line for each name."""
    sizes = sorted({size for line in lines.values() for size in line})
    times = [time for line in lines.values() for time in line.values()]
    left, right = log10(sizes[0]), max(log10(sizes[-1]), log10(sizes[0]) + 0.1)
    low, high = floor(log10(min(times))), ceil(log10(max(times)))

    def x(size: float) -> float:
        return _LEFT + (log10(size) - left) / (right - left) * (_WIDTH - _LEFT - _RIGHT)

    def y(time: float) -> float:
        return _HEIGHT - _BOTTOM - (log10(time) - low) / max(high - low, 1) * (_HEIGHT - _TOP - _BOTTOM)

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" '
        f'font-size="12"><rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
        f'<text x="{_LEFT}" y="18">{escape(title)}</text>',
    ]
    for power in range(low, high + 1):
        at = y(10.0**power)
        out.append(f'<path d="M{_LEFT} {at:.1f}H{_WIDTH - _RIGHT}" stroke="#ddd"/>')
        out.append(f'<text x="{_LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{10.0**power:g}</text>')
    for size in sizes:
        out.append(f'<path d="M{x(size):.1f} {_TOP}V{_HEIGHT - _BOTTOM}" stroke="#ddd"/>')
        out.append(f'<text x="{x(size):.1f}" y="{_HEIGHT - _BOTTOM + 18}" text-anchor="middle">{size:,}</text>')
    # Names stand beside the ends of their lines, moved apart where these are near each other.
    ends = sorted((y(line[max(line)]), name) for name, line in lines.items())
    place = float(_TOP)
    for colour, (end, name) in zip(_COLOURS * len(ends), ends, strict=False):
        points = " ".join(f"{x(size):.1f},{y(time):.1f}" for size, time in sorted(lines[name].items()))
        out.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for size, time in lines[name].items():
            out.append(f'<circle cx="{x(size):.1f}" cy="{y(time):.1f}" r="3" fill="{colour}"/>')
        place = max(place + 15, end)
        time = lines[name][max(lines[name])]
        out.append(f'<text x="{_WIDTH - _RIGHT + 12}" y="{place + 4:.1f}" fill="{colour}">')
        out.append(f"{escape(name)}: {time:.3g} {unit}</text>")
    return "\n".join([*out, "</svg>\n"])
