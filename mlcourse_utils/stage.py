"""A matplotlib figure with live actors: the axes are drawn once, only the actors move."""

import io

import ipywidgets
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image


class Stage:
    """Show `fig` in a notebook and redraw only `actors` when they move.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        Made with `Figure(...)`, not with pyplot, so that no cell shows it a second time.
    actors : list of matplotlib artists
        What moves: lines, markers, images, texts, each already added to its axes.
    describe : callable, optional
        Returns one sentence that says what the picture shows now. It stands under the
        picture and is read out by screen readers when it changes.

    The picture stands in `.widget`. After changing actors call `.update()`; after changing
    what stands still (limits, titles, level lines) call `.redraw()`.
    """

    def __init__(self, fig, actors, describe=None):
        self.fig, self.actors, self.describe = fig, list(actors), describe
        self.canvas = FigureCanvasAgg(fig)
        for actor in self.actors:
            actor.set_animated(True)
        width = fig.get_figwidth() * 100
        self.picture = ipywidgets.Image(
            format="png", layout={"width": f"{width:.0f}px", "max_width": "100%"}
        )
        self.caption = ipywidgets.HTML()
        self.widget = ipywidgets.VBox([self.picture, self.caption])
        self.redraw()

    def redraw(self):
        """Draw axes, ticks and all that stands still, then the actors."""
        self.fig.set_dpi(200)  # two device pixels a CSS pixel: sharp on high-density screens
        self.canvas.draw()
        self._scenery = self.canvas.copy_from_bbox(self.fig.bbox)
        self.update()

    def update(self):
        """Draw the actors over the scenery and send one new picture."""
        self.canvas.restore_region(self._scenery)
        for actor in self.actors:
            actor.axes.draw_artist(actor)
        png = io.BytesIO()
        pixels = Image.fromarray(np.asarray(self.canvas.buffer_rgba())).convert("RGB")
        pixels.save(png, "png", compress_level=1)
        self.picture.value = png.getvalue()
        if self.describe:
            self.caption.value = f'<span role="status" aria-live="polite">{self.describe()}</span>'
