"""Maps of the provinces of Korea, drawn from shapes of our own: no tile, no outline comes from another host."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import plotly.graph_objects as go

from core.config import DATA
from core.samples.lists import UNKNOWN
from dashboard.charts import framed
from dashboard.language import t

FILES = {"17": "provinces.geojson", "16": "provinces_2026.geojson"}
# Drawn after what lies around them: Seoul, Daejeon, Sejong, Daegu, Gwangju.
ENCLOSED = ("KR-11", "KR-30", "KR-50", "KR-27", "KR-29")
# Where a name stands (longitude, latitude) if not where data/catalogue/regions.json says; there its province is small,
# crowded, or has the sea beside it.
STANDS = {
    "KR-11": (126.99, 37.56), "KR-28": (126.15, 37.43), "KR-41": (127.35, 37.2), "KR-26": (129.25, 35.1),
    "KR-31": (129.45, 35.52), "KR-44": (126.78, 36.47), "KR-43": (127.75, 36.85), "KR-50": (127.26, 36.64),
    "KR-30": (127.39, 36.29), "KR-45": (127.1, 35.73), "KR-46": (126.97, 34.8), "12": (126.97, 34.8),
}  # fmt: skip
AT_SEA = {"KR-28": "middle left", "KR-26": "middle right", "KR-31": "middle right"}  # names that stand beside them
NOWHERE = (130.4, 34.0)  # where what has no known province stands
ABSENT, DARK, LIGHT, MUTED = "#d8d4d0", "#241c1a", "#ffffff", "#7f7976"
HALO = ", ".join(["0 0 3px {0}"] * 5)  # around names that are longer than their province
SCALE = ((0.0, "#f6d8cd"), (0.5, "#cf5f6d"), (1.0, "#6d1020"))


@dataclass(frozen=True)
class Shown:
    """What a map shows of a unit: its count, the row of the table that a click leads to, what hovering says."""

    samples: int
    row: int | None
    hover: str


class Shapes(dict[str, Any]):
    """GeoJSON, which nobody changes: plotly copies what it is given several times, and may as well take this one."""

    def __deepcopy__(self, memo: Any) -> "Shapes":
        return self


@cache
def shapes(units: str) -> Shapes:
    """The shapes of the 17 provinces or 16 units as GeoJSON; each one's id is its key, as in core.regions."""
    found: dict[str, Any] = json.loads((DATA / "catalogue" / FILES[units]).read_text(encoding="utf-8"))
    features = []
    for shape in found["features"]:
        told = shape["properties"]
        features.append({"type": "Feature", "id": told["iso"] or told["code"], "geometry": shape["geometry"]})
    features.sort(key=lambda shape: shape["id"] in ENCLOSED)
    return Shapes(type="FeatureCollection", features=features)


def korea(units: str, shown: Mapping[str, Shown], most: int, *, is_narrow: bool) -> go.Figure:
    """A map with a colour for each count up to `most`, and a square for what has no known province."""
    figure = go.Figure(layers(units, shown, most, with_shapes=True, with_counts=not is_narrow))
    figure.update_geos(
        visible=False, fitbounds="locations", projection_type="mercator", bgcolor="rgba(0,0,0,0)",
        showland=False, showcountries=False, showcoastlines=False, showocean=False, showlakes=False, showframe=False,
    )  # fmt: skip
    framed(figure, 430 if is_narrow else 680)
    return figure.update_layout(showlegend=False, margin={"l": 0, "r": 0, "t": 10, "b": 10})


def layers(
    units: str, shown: Mapping[str, Shown], most: int, *, with_shapes: bool = False, with_counts: bool = False
) -> list[Any]:  # fmt: skip
    """Names on land, names at sea, the shapes, the square of the unknown: the same traces for each frame of a map.

    Names come first: plotly asks another host for its own outlines when the first trace of a map is one of shapes.
    """
    keys = [shape["id"] for shape in shapes(units)["features"]]
    of = {key: shown.get(key, Shown(0, None, name_of_unit(key))) for key in keys}
    land = [key for key in keys if key not in AT_SEA]
    is_dark = [of[key].samples > 0.4 * most for key in land]
    font = {
        "color": [LIGHT if dark else DARK for dark in is_dark],
        "shadow": [HALO.format(DARK if dark else LIGHT) for dark in is_dark],
    }
    choropleth = {"geojson": shapes(units), "colorscale": _scale(most), "zmin": 0, "zmax": most, "colorbar": bar()}
    unknown = shown.get(UNKNOWN)
    return [
        _names(land, of, with_counts, font), _names(list(AT_SEA), of, with_counts, {"color": MUTED}),
        go.Choropleth(
            locations=keys, z=[of[key].samples for key in keys], customdata=[of[key].row for key in keys],
            hovertemplate=[f"{of[key].hover}<extra></extra>" for key in keys],
            marker={"line": {"color": "#8a7f7a", "width": 0.7}}, **(choropleth if with_shapes else {}),
        ),
        go.Scattergeo(
            lon=[NOWHERE[0]], lat=[NOWHERE[1]], mode="markers+text", textposition="bottom center",
            text=[f"{t('statistics.unknown')}<br>{unknown.samples if unknown else 0:,}"],
            customdata=[unknown.row if unknown else None],
            hovertemplate=f"{unknown.hover if unknown else t('statistics.unknown')}<extra></extra>",
            marker={"symbol": "square", "size": 20, "color": [unknown.samples if unknown else 0], "cmin": 0,
                    "cmax": most, "colorscale": _scale(most), "line": {"color": "#8a7f7a", "width": 1}},
        ),
    ]  # fmt: skip


def name_of_unit(key: str) -> str:
    """Short, as it stands on a map."""
    return t("statistics.unknown") if key == UNKNOWN else t(f"regions.short.{key}")


def _names(
    keys: Sequence[str], of: Mapping[str, Shown], with_counts: bool, font: Mapping[str, Any]
) -> go.Scattergeo:  # fmt: skip
    return go.Scattergeo(
        lon=[_stands(key)[0] for key in keys], lat=[_stands(key)[1] for key in keys], mode="text",
        text=[name_of_unit(key) + (f"<br>{of[key].samples:,}" if with_counts else "") for key in keys],
        textfont={"size": 11, **font}, hoverinfo="skip",
        textposition=[AT_SEA.get(key, "middle center") for key in keys],
    )  # fmt: skip


def _stands(key: str) -> tuple[float, float]:
    return STANDS.get(key) or _label_places()[key]


@cache
def _label_places() -> dict[str, tuple[float, float]]:
    provinces = json.loads((DATA / "catalogue" / "regions.json").read_text(encoding="utf-8"))["provinces"]
    return {province["iso"]: (province["label_lon"], province["label_lat"]) for province in provinces}


def _scale(most: int) -> list[tuple[float, str]]:
    """Grey for nothing; pale to dark from one on, so that few are told from none."""
    few = 0.5 / most
    return [(0.0, ABSENT), (few, ABSENT), *((few + (1 - few) * at, color) for at, color in SCALE)]


def bar() -> dict[str, Any]:
    return {
        "title": {"text": t("column.samples"), "side": "top"}, "orientation": "h", "thickness": 10, "len": 0.6,
        "x": 0.5, "y": 0, "yanchor": "top", "tickformat": ",d",
    }  # fmt: skip
