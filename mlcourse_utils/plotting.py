"""Pictures with matplotlib: functions take arrays or callables and an ax, and return the ax."""

import base64
import io
import math
from html import escape

import numpy as np
from IPython.display import HTML, display
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap, LogNorm
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

# Okabe and Ito's palette: told apart by colour-blind readers and in grey.
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILLION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"


def new_figure(width=6.4, height=4.0, **subplots):
    """Return (fig, axes) outside pyplot, so that no cell shows the figure by itself.

    `width` and `height` are in inches (100 CSS pixels each); `subplots` goes to
    `Figure.subplots` (nrows, ncols, sharex …).
    """
    fig = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(fig)
    return fig, fig.subplots(**subplots)


def show(fig, alt):
    """Display `fig` in the notebook with `alt`: what one sees there, for those who cannot.

    The picture stands on white in light and dark themes and is sharp on high-density screens.
    """
    if not alt.strip():
        raise ValueError("alt is empty, expected a sentence that says what the figure shows")
    png = io.BytesIO()
    fig.savefig(png, format="png", dpi=200, facecolor="white")
    data = base64.b64encode(png.getvalue()).decode()
    width = f"{fig.get_figwidth() * 100:.0f}px"
    style = f"width:{width}; max-width:100%; height:auto"
    display(HTML(f'<img src="data:image/png;base64,{data}" alt="{escape(alt)}" style="{style}">'))


# What says 1 (d = 1, a positive weight) is blue and round, what says 0 vermillion and square.
EVIDENCE = LinearSegmentedColormap.from_list("evidence", [VERMILLION, "#FFFFFF", BLUE])


def plot_letter(x, ax, title=""):
    """Draw the 400 photocells `x` (1 lit, 0 dark) as a square picture, lit cells black."""
    side = math.isqrt(np.size(x))
    ax.imshow(np.reshape(x, (side, side)), cmap="Greys", vmin=0, vmax=1)
    ax.set(title=title, xticks=[], yticks=[])
    return ax


def plot_weights(w, ax, title=""):
    """Draw one weight a photocell: blue speaks for 1, vermillion for 0, white is silent."""
    side, top = math.isqrt(np.size(w)), np.max(np.abs(w)) or 1.0
    ax.imshow(np.reshape(w, (side, side)) / top, cmap=EVIDENCE, vmin=-1, vmax=1)
    ax.set(title=title, xticks=[], yticks=[])
    return ax


def plot_examples(X, d, ax):
    """Draw points of the plane: blue discs where the target d is 1, open squares where it is 0."""
    X, d = np.asarray(X, dtype=float), np.asarray(d)
    ax.plot(*X[d == 1].T, "o", color=BLUE, ms=11, label="d = 1")
    ax.plot(*X[d == 0].T, "s", color=VERMILLION, ms=11, mfc="white", mew=2, label="d = 0")
    ax.set(xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
    ax.margins(0.4)
    return ax


def decision_region(w, b, reach=100.0):
    """Return (line, region): where w·x + b = 0, shape (2, 2), and corners of where it is > 0.

    Both end at a distance of about `reach`. Without weights there is no line (NaN), and the
    region is all of the plane or nothing, as the sign of b decides.
    """
    length = np.hypot(*w)
    if length == 0:
        corners = reach * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
        return np.full((2, 2), np.nan), corners if b > 0 else np.full((4, 2), np.nan)
    normal = np.asarray(w) / length
    along = reach * np.array([-normal[1], normal[0]])
    foot = -b / length * normal
    line = np.array([foot - along, foot + along])
    return line, np.vstack([line, line[::-1] + reach * normal])


def plot_decision_line(w, b, ax):
    """Draw w·x + b = 0 over points of the plane and shade the side on which f(x) = 1."""
    ax.set(xlim=ax.get_xlim(), ylim=ax.get_ylim())  # what is drawn now moves them no more
    line, region = decision_region(w, b)
    ax.add_patch(Polygon(region, color=SKY, alpha=0.25, lw=0, label="f(x) = 1", zorder=0))
    ax.plot(*line.T, color=BLACK, lw=1.5)
    return ax


def plot_level_lines(f, ax, x=(-11.0, 11.0), y=(-1.7, 1.7), n_lines=10):
    """Draw n_lines curves f(w₁, w₂) = constant, those of a quadratic evenly spaced.

    `f` takes w of shape (2,); `x` and `y` are the limits of w₁ and w₂.
    """
    w1, w2 = np.linspace(*x, 81), np.linspace(*y, 81)
    height = np.array([[f(np.array([a, b])) for a in w1] for b in w2])
    low, high = height.min(), height.max()
    levels = low + (high - low) * (np.arange(1, n_lines + 1) / n_lines) ** 2
    ax.contour(w1, w2, height, levels=levels, colors="0.8", linewidths=0.8)
    ax.set(xlabel="$w_1$", ylabel="$w_2$", xlim=x, ylim=y)
    return ax


def plot_trajectory(trajectory, ax, color=BLUE, label=""):
    """Draw a descent in the plane, shape (n_steps + 1, 2): a dot a step, a ring at the start."""
    trajectory = np.asarray(trajectory, dtype=float)
    ax.plot(*trajectory.T, ".-", color=color, lw=1, ms=4, label=label)
    ax.plot(*trajectory[0], "o", color=color, mfc="none", ms=9)
    return ax


def plot_sizes(sizes, ax, color=BLUE, label="", style="-"):
    """Draw how far from zero we are, one size a step, on a logarithmic axis."""
    ax.semilogy(np.abs(sizes), style, color=color, lw=1.5, label=label)
    ax.set(xlabel="step")
    return ax


def plot_speed(rate, ax, gamma=(1e-3, 1e-1), steps=(30, 3000)):
    """Colour the (γ, η) plane by the steps to a thousandth, grey where there is no end.

    `rate(gamma, eta)` takes arrays and returns what the distance is multiplied by a step;
    `gamma` and `steps` are the limits of the axis, logarithmic, and of the colours.
    """
    gamma, eta = np.meshgrid(np.geomspace(*gamma, 300), np.linspace(0, 0.99, 200))
    r = rate(gamma, eta)
    needed = np.full_like(r, np.nan)
    needed[r < 1] = np.log(1e-3) / np.log(r[r < 1])
    ax.set(xscale="log", xlabel="rate γ", ylabel="momentum η", facecolor="0.85")
    colours = ax.pcolormesh(gamma, eta, needed, norm=LogNorm(*steps), rasterized=True)
    ax.figure.colorbar(colours, ax=ax, label="steps to a thousandth", extend="max")
    return ax


def plot_arrow(start, step, ax, color=BLUE):
    """Draw the arrow from `start` to `start + step`, each of shape (2,)."""
    arrow = {"color": color, "arrowstyle": "-|>", "lw": 2, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", np.add(start, step), start, arrowprops=arrow)
    return ax
