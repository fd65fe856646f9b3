"""The two plots of a page, as Bokeh's own JSON: empty figures that the page's script fills.

What a reader chooses (measure, part of the flame graph, light or dark) changes what is drawn, so
the data stays in the page's tables and only what fits on the screen is handed to Bokeh.
"""

from __future__ import annotations

from typing import Any

__all__ = ["library", "plots"]

HEIGHT = 420


def library() -> str:
    """Return the script elements of Bokeh, as it brings them: no network is needed."""
    from bokeh.resources import Resources

    # The core alone: tables and widgets are the page's own elements.
    return str(Resources(mode="inline", components=["bokeh"]).render_js())


def plots() -> dict[str, Any]:
    """Return the flame graph and the roofline plot, for ``Bokeh.embed.embed_item``."""
    from bokeh.embed import json_item

    return {"flame": json_item(_flame()), "roofline": json_item(_roofline())}


def _flame() -> Any:
    from bokeh.core.properties import value
    from bokeh.models import ColumnDataSource, HoverTool, Range1d
    from bokeh.plotting import figure

    # Boxes are added by the page: 1 wide is all that is shown, one deep a call.
    boxes = ColumnDataSource(
        {name: [] for name in ("left", "right", "top", "bottom", "color", "node")}
        | {name: [] for name in ("name", "place", "amount", "share")},
        name="boxes",
    )
    outline = ColumnDataSource(
        {name: [] for name in ("left", "right", "top", "bottom")}, name="outline"
    )
    labels = ColumnDataSource({"x": [], "y": [], "text": [], "color": []}, name="labels")
    plot = figure(
        name="flame",
        height=HEIGHT,
        sizing_mode="stretch_width",
        x_range=Range1d(start=0, end=1),
        y_range=Range1d(start=0, end=1),
        tools="",
        toolbar_location=None,
        x_axis_type=None,
        y_axis_type=None,
        min_border=0,
        outline_line_color=None,
        background_fill_color=None,
        border_fill_color=None,
        output_backend="canvas",
    )
    plot.grid.visible = False
    drawn = plot.quad(
        "left",
        "right",
        "top",
        "bottom",
        source=boxes,
        fill_color="color",
        line_color="#ffffff",
        line_width=0.5,
        hover_fill_alpha=0.75,
    )
    plot.quad("left", "right", "top", "bottom", source=outline, fill_color=None, line_width=2)
    plot.text(
        "x",
        "y",
        text="text",
        source=labels,
        text_font_size="11px",
        text_font=value("ui-monospace, monospace"),
        text_baseline="middle",
        text_color="color",
        x_offset=4,
    )
    plot.add_tools(
        HoverTool(
            renderers=[drawn],
            tooltips=[("", "@name"), ("", "@place"), ("", "@amount"), ("", "@share")],
            point_policy="follow_mouse",
        )
    )
    return plot


def _roofline() -> Any:
    from bokeh.models import ColumnDataSource, HoverTool, Range1d
    from bokeh.plotting import figure

    dots = ColumnDataSource(
        {name: [] for name in ("x", "y", "size", "color")}
        | {name: [] for name in ("name", "rate", "intensity", "roof", "time")},
        name="dots",
    )
    names = ColumnDataSource({"x": [], "y": [], "text": []}, name="names")
    roofs = ColumnDataSource({"xs": [], "ys": []}, name="roofs")
    roof_names = ColumnDataSource({"x": [], "y": [], "text": [], "offset": []}, name="roof-names")
    plot = figure(
        name="roofline",
        height=HEIGHT,
        sizing_mode="stretch_width",
        x_axis_type="log",
        y_axis_type="log",
        x_range=Range1d(start=0.01, end=100),
        y_range=Range1d(start=1e6, end=1e12),
        tools="pan,wheel_zoom,box_zoom,reset",
        active_scroll=None,
        toolbar_location="above",
        x_axis_label="FLOP a byte moved",
        y_axis_label="FLOP/s",
        min_border_right=16,
        background_fill_color=None,
        border_fill_color=None,
        outline_line_color=None,
        output_backend="canvas",
    )
    plot.toolbar.logo = None
    plot.multi_line("xs", "ys", source=roofs, line_width=2, line_dash="dashed")
    plot.text(
        "x",
        "y",
        text="text",
        source=roof_names,
        text_font_size="11px",
        text_align="right",
        text_baseline="bottom",
        y_offset="offset",
    )
    drawn = plot.scatter(
        "x", "y", source=dots, size="size", fill_color="color", fill_alpha=0.7, line_color="color"
    )
    plot.text("x", "y", text="text", source=names, text_font_size="11px", x_offset=8, y_offset=-4)
    plot.add_tools(
        HoverTool(
            renderers=[drawn],
            tooltips=[
                ("", "@name"),
                ("rate", "@rate"),
                ("intensity", "@intensity"),
                ("of the roof", "@roof"),
                ("time", "@time"),
            ],
        )
    )
    return plot
