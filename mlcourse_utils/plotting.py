"""Pictures with matplotlib: functions take arrays or callables and an ax, and return the ax."""

import base64
import io
from html import escape

from IPython.display import HTML, display
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

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
