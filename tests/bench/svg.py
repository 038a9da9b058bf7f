"""Curves as SVG: a figure over a logarithmic axis, readable on light and dark pages. Knows nothing
of what is drawn."""

import html
import math

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 76, 40, 64, 62

# Of each pair the second holds on dark pages.
STYLE = """
  text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #57606a }
  .title { font-size: 16px; font-weight: 600; fill: #1f2328 }
  .value { font-size: 12px }
  .page { fill: #ffffff }
  .grid { stroke: #d8dee4; stroke-width: 1 }
  .axis { stroke: #8c959f; stroke-width: 1 }
  .line { fill: none; stroke-width: 2.5; stroke-linejoin: round; stroke-linecap: round }
  .a { stroke: #0969da } .b { stroke: #bc4c00 }
  .dot.a, text.a { fill: #0969da } .dot.b, text.b { fill: #bc4c00 }
  .dot { stroke: #ffffff; stroke-width: 1.5 }
  text.a, text.b { stroke: none; font-weight: 600 }
  @media (prefers-color-scheme: dark) {
    text { fill: #9198a1 }
    .title { fill: #f0f6fc }
    .page { fill: #0d1117 }
    .grid { stroke: #262c36 }
    .axis { stroke: #656c76 }
    .a { stroke: #4493f8 } .b { stroke: #f0883e }
    .dot.a, text.a { fill: #4493f8 } .dot.b, text.b { fill: #f0883e }
    .dot { stroke: #0d1117 }
  }
"""


def curve(title, x_label, y_label, lines, x_text=None):
    """A drawing of `lines`: at most two, each a name with its points (x, y), in order of x.
    Every x is marked on the axis, as `x_text` writes it."""
    points = [point for _, line in lines for point in line]
    x = Log([p[0] for p in points], (LEFT, WIDTH - RIGHT))
    y = vertical([p[1] for p in points])
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        f"<title>{html.escape(title)}</title>",
        f"<style>{STYLE}</style>",
        f'<rect class="page" width="{WIDTH}" height="{HEIGHT}" rx="8"/>',
        text(LEFT, 30, title, "title"),
        *y_axis(y, y_label),
        *x_axis(x, sorted({p[0] for p in points}), x_label, x_text or number),
    ]
    for kind, (name, line) in zip("ab", lines):
        parts += drawn(kind, [(x.at(a), y.at(b)) for a, b in line])
    parts += legend([name for name, _ in lines])
    return "\n".join([*parts, "</svg>", ""])


def vertical(values):
    """Linear from zero, unless that would press most values to the ground."""
    if max(values) > 50 * max(min(values), 1e-9):
        powers = [10 ** math.floor(math.log10(min(values))), 10 ** math.ceil(math.log10(max(values)))]
        return Log(powers, (HEIGHT - BOTTOM, TOP))
    return Steps(max(values))


class Log:
    """A logarithmic axis between two places of the drawing."""

    def __init__(self, values, places):
        low, high = min(values), max(values)
        self.low, self.high = math.log10(low), math.log10(max(high, low * 10))
        self.places = places

    def at(self, value):
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return self.places[0] + share * (self.places[1] - self.places[0])

    def ticks(self):
        powers = range(math.ceil(self.low - 1e-9), math.floor(self.high + 1e-9) + 1)
        return [10**power for power in powers]


class Steps:
    """An axis from zero in round steps over the height."""

    def __init__(self, high):
        raw = max(high, 1e-9) * 1.1 / 5
        power = 10 ** math.floor(math.log10(raw))
        self.step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= raw)
        self.count = math.ceil(high * 1.05 / self.step)

    def at(self, value):
        return HEIGHT - BOTTOM - value / (self.step * self.count) * (HEIGHT - TOP - BOTTOM)

    def ticks(self):
        return [self.step * n for n in range(self.count + 1)]


def y_axis(y, label):
    for tick in y.ticks():
        yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y.at(tick):.1f}" y2="{y.at(tick):.1f}"/>'
        yield text(LEFT - 10, y.at(tick) + 4, number(tick), anchor="end")
    yield text(LEFT, TOP - 12, label)


def x_axis(x, ticks, label, written):
    base = HEIGHT - BOTTOM
    for tick in ticks:
        yield f'<line class="axis" x1="{x.at(tick):.1f}" x2="{x.at(tick):.1f}" y1="{base}" y2="{base + 5}"/>'
        yield text(x.at(tick), base + 22, written(tick), anchor="middle")
    yield f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{base}" y2="{base}"/>'
    yield text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 16, label, anchor="middle")


def drawn(kind, places):
    path = " ".join(f"{'L' if n else 'M'}{a:.1f} {b:.1f}" for n, (a, b) in enumerate(places))
    yield f'<path class="line {kind}" d="{path}"/>'
    for a, b in places:
        yield f'<circle class="dot {kind}" cx="{a:.1f}" cy="{b:.1f}" r="4.5"/>'


def legend(names):
    """In the corner above the drawing, from the right."""
    at = WIDTH - RIGHT
    for kind, name in reversed(list(zip("ab", names))):
        yield text(at, TOP - 12, name, kind, anchor="end")
        at -= 8 * len(name) + 8
        yield f'<line class="line {kind}" x1="{at - 22}" x2="{at}" y1="{TOP - 16}" y2="{TOP - 16}"/>'
        at -= 44


def text(x, y, words, kind="value", anchor="start"):
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{html.escape(words)}</text>'


def number(value):
    """1,000 as people write it, without zeros that say nothing."""
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:g}"
